"""Write the tables of the types into this folder's README, from the docstrings of the package."""

import inspect
import re
import types
from datetime import datetime
from pathlib import Path
from typing import Any, Final, get_args, get_type_hints

from pool_registry_types import gpu, health, node, pool

PAGE: Final = Path(__file__).with_name("README.md")
START: Final = "<!-- write_tables.py wrote what follows. Edit the docstrings instead. -->\n"
END: Final = "<!-- End of what write_tables.py wrote. -->\n"
NODES: Final = [node.NodeInfo, node.NodeCapabilities, gpu.GpuInfo, gpu.GpuCapabilities, node.NodeStatus]
POOLS: Final = [pool.PoolSnapshot, health.HealthStatus, health.HealthState, pool.PoolMetadata]


def with_tables(page: str) -> str:
    sections, predicates = [], []
    for cls in NODES + POOLS:
        sections.append(f"### {cls.__name__}\n\n{summary(cls)}\n\n{fields_or_values(cls)}")
        for name, method in vars(cls).items():
            if name.startswith("is_"):
                predicates.append([f"`{cls.__name__}.{name}`", summary(method).removeprefix("Return whether ")])
    sections.append(f"### Predicates\n\n{table(['Method', 'True if'], predicates)}")
    return page.partition(START)[0] + "\n".join([START, *sections, END]) + page.partition(END)[2]


def summary(documented: Any) -> str:
    return (inspect.getdoc(documented) or "").partition("\n\n")[0].replace("\n", " ").replace("``", "`")


def fields_or_values(cls: type[Any]) -> str:
    if hasattr(cls, "__members__"):
        found = re.findall(r'^    (\w+) = "(\w+)"\n    """(.+)"""$', inspect.getsource(cls), re.MULTILINE)
        return table(["JSON", "Python", "Meaning"], [[f"`{json}`", f"`{python}`", doc] for python, json, doc in found])
    attributes = (inspect.getdoc(cls) or "").partition("Attributes:\n")[2].replace("\n" + " " * 8, " ")
    docs = dict(re.findall(r"^    (\w+): (.+)$", attributes, re.MULTILINE))
    rows = [[f"`{name}`", *types_of(kind), docs[name]] for name, kind in get_type_hints(cls).items()]
    return table(["Field", "JSON", "Python", "Meaning"], rows)


def types_of(kind: Any) -> list[str]:
    """Return the type of a field in JSON and in Python."""
    match get_args(kind):
        case item, types.EllipsisType():
            return [f"array of {types_of(item)[0]}", f"`tuple[{item.__name__}, ...]`"]
        case item, types.NoneType:
            return [f"optional {types_of(item)[0]}", f"`{item.__name__} | None`"]
    return [{int: "u64", str: "string", datetime: "timestamp"}.get(kind, kind.__name__), f"`{kind.__name__}`"]


def table(titles: list[str], rows: list[list[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines).replace(" | None`", r" \| None`").replace("``", "`")


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text("utf-8")), "utf-8")
