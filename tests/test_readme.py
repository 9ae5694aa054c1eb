"""The pages tell the truth: examples run, commands print what stands there, figures and tables are facts.

A page that is wrong here is to be corrected, or the code.
"""

import doctest
import io
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import metadata, requires
from inspect import signature
from pathlib import Path
from typing import Any

import pydantic
import pytest

import helpers
import pool_registry_types
from fields import DOCUMENTS, ENUMS, FIELDS, WireClass, classes
from helpers import EXAMPLES, PAGES, ROOT, blocks, named, rows, section, without
from pool_registry_types import (
    HEARTBEAT_TIMEOUT,
    GpuInfo,
    HealthState,
    HealthStatus,
    NodeInfo,
    PoolSnapshot,
    ValidationError,
    format_json,
    parse_json,
    parse_timestamp,
)

README, WIRE, SERVICES, CHANGELOG = (
    PAGES[page] for page in ("README.md", "tests/wire/README.md", "tests/services/README.md", ".github/CHANGELOG.md")
)

PUBLIC: dict[str, Any] = {name: getattr(pool_registry_types, name) for name in pool_registry_types.__all__}
REQUIRES = "\n".join(requires("pool-registry-types") or [])
SEQUENCE_DIAGRAM, CLASS_DIAGRAM = blocks("README.md", "mermaid")


def run(command: str, directory: Path) -> str:
    """Run a command in a shell, in a directory that may have programs; return what it says on standard error."""
    environment = helpers.ENVIRONMENT | {"PATH": f"{directory}:{helpers.ENVIRONMENT['PATH']}"}
    shell = ["/bin/bash", "-c", command]
    return helpers.run(shell, cwd=directory, env=environment, check=False, stderr=subprocess.PIPE, text=True).stderr


def ageless(text: str) -> str:
    return re.sub(r"\d+ \w+ ago", "some time ago", text)


# Examples.


def names_of(page: str) -> dict[str, Any]:
    """Return what the examples of a page define, run one after another."""
    examples = blocks(page, "python")
    assert len(examples) == EXAMPLES[page]
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for example in examples:
        exec(compile(example, page, "exec"), namespace)  # noqa: S102
    return namespace


@pytest.fixture(scope="module")
def readme() -> dict[str, Any]:
    return names_of("README.md")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return names_of("tests/services/README.md")


def test_the_session_at_the_top_is_what_python_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    [session] = blocks("README.md", "pycon")
    output: list[str] = []
    examples = doctest.DocTestParser().get_doctest(session, {}, "README.md", "README.md", 0)
    doctest.DocTestRunner().run(examples, out=output.append)
    assert "".join(output) == ""
    assert "Traceback" in session


def test_code_is_at_most_88_columns_wide() -> None:
    code = "\n".join(re.findall(r"^```.*?^```$", README, re.DOTALL | re.MULTILINE))
    assert [line for line in code.splitlines() if len(line) > 88] == []


def test_the_free_pool_is_found(readme: dict[str, Any]) -> None:
    assert readme["free"] == [readme["pool"]]


def test_both_heartbeats_are_the_same_message(readme: dict[str, Any], services: dict[str, Any]) -> None:
    arguments = {"sent_at": datetime.now(UTC), "pools": [readme["pool"]]}
    by_pydantic, plain = readme["Heartbeat"](**arguments), services["Heartbeat"](**arguments)
    text = plain.to_json()
    assert by_pydantic.model_dump_json() == text
    assert readme["Heartbeat"].model_validate_json(text) == by_pydantic
    assert services["Heartbeat"].from_json(text).to_json() == text


POOL = DOCUMENTS[PoolSnapshot]


@pytest.mark.parametrize(
    ("changes", "path"),
    named(
        {
            "a number": ({"sent_at": 1759308690}, ("sent_at",)),
            "an empty pool": ({"pools": [POOL, {}]}, ("pools", 1, "pool_id")),
            "only the first bad pool": ({"pools": [POOL | {"health": None}, 0]}, ("pools", 0, "health")),
        }
    ),
)
def test_both_heartbeats_name_the_bad_field(
    readme: dict[str, Any], services: dict[str, Any], changes: dict[str, Any], path: tuple[str | int, ...]
) -> None:
    text = format_json({"sent_at": "2025-10-01T08:51:30Z", "pools": [POOL]} | changes)
    with pytest.raises(ValidationError, match=r"^Heartbeat\.") as plain:
        services["Heartbeat"].from_json(text)
    with pytest.raises(pydantic.ValidationError) as by_pydantic:
        readme["Heartbeat"].model_validate_json(text)
    assert [error["loc"] for error in by_pydantic.value.errors()] == [plain.value.path] == [path]


@pytest.mark.parametrize("text", ["null", "{}", '{"pools":"ab"}'])
def test_what_is_not_a_heartbeat_is_rejected(services: dict[str, Any], text: str) -> None:
    with pytest.raises(ValidationError, match=r"^Heartbeat: expected an object with an array of pools$"):
        services["Heartbeat"].from_json(text)


def test_without_fail_fast_an_answer_is_forty_times_as_long() -> None:
    with pytest.raises(pydantic.ValidationError) as caught:
        pydantic.TypeAdapter(list[PoolSnapshot]).validate_python([0])
    [error] = caught.value.errors(include_url=False)
    # A body of 1 MB holds 500,000 such items, most with an index of six digits.
    answer = len(format_json({**error, "loc": ["body", 123_456]})) / len("0,")
    [sizes] = {re.search(r"a (\d+) MB body .* over (\d+) MB", page).groups() for page in (README, SERVICES)}  # type: ignore[union-attr]
    assert answer > int(sizes[1]) / int(sizes[0])


def test_lists_are_written_and_read_as_the_reference_says() -> None:
    recipes = {row[0]: row[1] for row in rows(section("tests/wire/README.md", "Lists, tables and databases"))}
    pools, file = [PoolSnapshot.from_dict(POOL)] * 2, io.StringIO()
    names = {**PUBLIC, "pools": pools, "file": file}
    names["body"] = eval(recipes["write a JSON array"], names)  # noqa: S307
    eval(recipes["write JSON Lines"], names)  # noqa: S307
    file.seek(0)
    assert [eval(recipes[f"read {what}"], names) for what in ("a JSON array", "JSON Lines")] == [pools, pools]  # noqa: S307


# Commands.


CHECK = "pool_registry_types NodeInfo tests/wire/NodeInfo-two-gpus.json"


def test_the_first_two_shell_blocks_install_and_test() -> None:
    assert blocks("README.md", "sh") == [
        f"python3 -m venv .venv\n.venv/bin/pip install .\n.venv/bin/python -m {CHECK}\n",
        "python3 -m venv .venv\n.venv/bin/pip install '.[test]'\n.venv/bin/python -m pytest\n",
    ]


def test_the_first_command_says_what_the_page_says() -> None:
    [said] = re.findall(r"`(\S+: valid; [^`]+)`", README)
    assert ageless(run(f"python -m {CHECK}", ROOT)) == ageless(said + "\n")


COMMANDS = re.findall(r"^\$ (.+)\n((?:(?!\$ ).+\n)*)", "".join(blocks("README.md", "console")), re.MULTILINE)


@pytest.mark.parametrize(("command", "output"), COMMANDS, ids=[command for command, _ in COMMANDS])
def test_a_command_says_what_the_page_says(command: str, output: str, tmp_path: Path) -> None:
    node = NodeInfo.from_dict(DOCUMENTS[NodeInfo] | {"last_heartbeat": datetime.now(UTC).isoformat()}).to_dict()
    (tmp_path / "curl").write_text(f"#!/bin/sh\ncat <<END\n{format_json(node | {'label': 1})}\nEND\n")
    (tmp_path / "curl").chmod(0o755)
    good = PoolSnapshot.from_dict(POOL).to_json()
    bad = POOL | {"health": without("slots_free", POOL["health"])}
    (tmp_path / "pools.log").write_text(f"{good}\n{format_json(bad)}\n{good}\n", "utf-8")
    assert ageless(run(command, tmp_path)) == ageless(output)


# Facts.


def longest_error() -> int:
    return len(str(ValidationError("NodeInfo", ("pools", 1), "x" * 10_000)))


def longest_value() -> int:
    with pytest.raises(ValidationError) as caught:
        parse_timestamp("x" * 10_000)
    return len(caught.value.reason.partition("got ")[2].removesuffix("…"))


def most_accepted(read: Callable[[int], object], about: int) -> int:
    """Return the highest number near ``about`` that can be read."""
    accepted = []
    for number in range(about - 2, about + 3):
        with suppress(ValidationError):
            read(number)
            accepted.append(number)
    return max(accepted)


def lower_bound(requirement: str) -> str:
    [bound] = {*re.findall(rf"^{requirement}>=([\d.]+)", REQUIRES, re.MULTILINE)}
    return str(bound)


SECONDS = HEARTBEAT_TIMEOUT.total_seconds()
DEPTH = most_accepted(lambda depth: parse_json("[" * depth + "]" * depth), 500)
DIGITS = most_accepted(lambda digits: parse_timestamp(f"2025-10-01T08:51:30.{'1' * digits}Z"), 1000)
[DEPENDENCY] = re.findall(r"^([\w-]+)>=[\w.]+$", REQUIRES, re.MULTILINE)
PYTHON = metadata("pool-registry-types")["Requires-Python"].removeprefix(">=")


@pytest.mark.parametrize(
    ("page", "fact"),
    [
        ("README.md", f"# is the last heartbeat at most {SECONDS:.0f} seconds old?"),
        ("README.md", f"its last heartbeat is at most {SECONDS:.0f} seconds old"),
        ("tests/wire/README.md", f"`HEARTBEAT_TIMEOUT`, {SECONDS:.0f} seconds"),
        ("README.md", f"`ValidationError`, a subclass of `{ValidationError.__bases__[0].__name__}`"),
        ("README.md", f"one printable line of at most {longest_error()} characters"),
        ("tests/wire/README.md", f"one printable line of at most {longest_error()} characters"),
        (".github/SECURITY.md", f"one printable line of at most {longest_error()} characters"),
        ("tests/wire/README.md", f"At most {longest_value()} characters of a value"),
        (".github/SECURITY.md", f"at most {longest_value()} characters of a value"),
        ("README.md", f"at most {DEPTH} levels deep"),
        ("tests/wire/README.md", f"more than {DEPTH} levels"),
        (".github/SECURITY.md", f"nested {DEPTH} levels deep"),
        ("tests/wire/README.md", f"up to {DIGITS} fraction digits"),
        ("tests/wire/README.md", f"more than {DIGITS} fraction digits"),
        (".github/SECURITY.md", f"may have {DIGITS} fraction digits"),
        ("tests/wire/README.md", f"more than {sys.int_info.default_max_str_digits} digits"),
        (".github/SECURITY.md", f"{sys.int_info.default_max_str_digits} by default"),
        ("README.md", f"CPython {PYTHON} or newer"),
        ("README.md", f"pydantic, {lower_bound('pydantic')} or newer"),
        ("README.md", f"Hypothesis, {lower_bound('hypothesis')} or newer"),
        ("README.md", f"and {DEPENDENCY}."),
        ("tests/benchmarks/README.md", f"CPython {PYTHON}"),
    ],
)
def test_a_page_has_the_fact(page: str, fact: str) -> None:
    assert fact in PAGES[page]


def test_the_newest_change_is_of_this_version() -> None:
    headings = re.findall(r"^## (.+)$", CHANGELOG, re.MULTILINE)
    assert headings[0] == pool_registry_types.__version__
    assert headings == sorted(headings, key=lambda version: [*map(int, version.split("."))], reverse=True)


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_explained(name: str) -> None:
    assert re.search(rf"\b{name}\b", README + WIRE)


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_calls_exists(page: str) -> None:
    owners = {"node": NodeInfo, "pool": PoolSnapshot, "health": HealthStatus, "error": ValidationError, **PUBLIC}
    for owner, name in re.findall(rf"\b({'|'.join(owners)})\.(\w+)\(", PAGES[page]):
        assert hasattr(owners[owner], name), f"{owner}.{name}"
    for state in re.findall(r"\bHealthState\.([A-Z]+)\b", PAGES[page]):
        assert state in HealthState.__members__


GPU = DOCUMENTS[GpuInfo]


@pytest.mark.parametrize(
    ("page", "changes"),
    [
        ("README.md", {"pools": ["pool-0", 1]}),
        ("tests/wire/README.md", {"capabilities": {"gpus": [GPU, GPU | {"name": 1}]}}),
    ],
)
def test_the_quoted_error_is_one(page: str, changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        NodeInfo.from_dict(DOCUMENTS[NodeInfo] | changes)
    path = str(caught.value.path).replace("'", '"')
    for quoted in str(caught.value), path:
        assert f"`{quoted}`" in PAGES[page]


@pytest.mark.parametrize("page", PAGES)
def test_the_links_lead_somewhere(page: str) -> None:
    targets = re.findall(r"\]\(([^):]+)\)", PAGES[page]) + re.findall(r'(?:src|srcset)="([^":]+)"', PAGES[page])
    for target in targets:
        file, _, anchor = target.partition("#")
        path = ((ROOT / page).parent / file).resolve() if file else ROOT / page
        assert path.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}, target


# Tables and diagrams.


def python_type(kind: str) -> str:
    """Write a kind of field as Python does: ``tuple[GpuInfo, ...]``, ``int | None``."""
    if kind.startswith("opt "):
        return f"{python_type(kind.removeprefix('opt '))} | None"
    if kind.startswith("array of "):
        return f"tuple[{python_type(kind.removeprefix('array of '))}, ...]"
    return {"u64": "int", "text": "str", "timestamp": "datetime"}.get(kind, kind)


def json_type(kind: str) -> str:
    return kind.replace("opt ", "optional ").replace("text", "string")


@classes
def test_the_reference_has_every_field(cls: WireClass) -> None:
    table = rows(section("tests/wire/README.md", cls.__name__))
    assert [row[:3] for row in table] == [
        [name, json_type(kind), python_type(kind)] for name, kind in FIELDS[cls].items()
    ]
    assert all(len(row[3]) > 3 for row in table)


def test_the_reference_has_every_enum() -> None:
    table = rows(section("tests/wire/README.md", "Enums"))
    assert [row[:3] for row in table] == [
        ["" if number else enum.__name__, name, name.upper()]
        for enum, names in ENUMS.items()
        for number, name in enumerate(names)
    ]
    assert all(len(row[3]) > 3 for row in table)


def test_the_reference_has_every_predicate() -> None:
    predicates = {
        f"{cls.__name__}.{name}": [*signature(method).parameters][1:]
        for cls in FIELDS
        for name, method in vars(cls).items()
        if name.startswith("is_")
    }
    assert sorted(row[0] for row in rows(section("tests/wire/README.md", "Predicates"))) == sorted(
        f"{name}({', '.join(['*', *arguments] if arguments else [])})" for name, arguments in predicates.items()
    )


def test_the_class_diagram_has_the_fields() -> None:
    drawn: dict[str, set[tuple[str, str]]] = {}
    for cls, kind, names in re.findall(r"^    (\w+) : (\S+) (.+)$", CLASS_DIAGRAM, re.MULTILINE):
        drawn.setdefault(cls, set()).update((name, kind) for name in names.split(", "))
    parts = re.findall(r'^    (\w+) \*-- ("0\.\.\*" )?(\w+) : (\w+)$', CLASS_DIAGRAM, re.MULTILINE)
    for cls, many, part, name in parts:
        drawn.setdefault(cls, set()).add((name, f"tuple~{part}~" if many else part))
    assert drawn == {
        cls.__name__: {
            (name, re.sub(r"tuple\[(\w+), ...\]", r"tuple~\1~", python_type(kind)).replace(" | None", "?"))
            for name, kind in kinds.items()
        }
        for cls, kinds in FIELDS.items()
        if cls.__name__ in drawn
    }


def test_the_types_outside_the_diagram_are_named() -> None:
    [(number, types)] = re.findall(r"(\w+) more types stand alone: (.+?) \[", README)
    alone = {*re.findall(r"`(\w+)`", types)}
    assert number == ("", "One", "Two", "Three", "Four")[len(alone)]
    assert alone == {cls.__name__ for cls in (*FIELDS, *ENUMS)} - {*re.findall(r"\b[A-Z]\w+\b", CLASS_DIAGRAM)}


def test_the_sequence_diagram_names_types_and_predicates() -> None:
    sent = re.findall(r"Pool manager->>Orchestrator: (\w+),", SEQUENCE_DIAGRAM)
    assert {*sent} == {"NodeInfo", "PoolSnapshot"}
    assert set(re.findall(r"(\w+\.is_\w+)\(\)", SEQUENCE_DIAGRAM)) == {"node.is_online", "pool.is_available"}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_chart_shows_the_table(theme: str) -> None:
    table = rows(section("tests/benchmarks/README.md", "In short"))
    drawing = runpy.run_path(str(ROOT / "tests/benchmarks/chart.py"))
    bars = [drawing["Bar"](group, name, int(rejected), float(time)) for name, group, rejected, time in table]
    assert drawing["chart"](bars, theme) == (ROOT / f"tests/benchmarks/chart-{theme}.svg").read_text("utf-8")


def test_ten_bad_messages_are_ten() -> None:
    assert "The ten bad messages" in README
    assert len(rows(section("tests/benchmarks/README.md", "Rejecting"))) == 10


def test_help_on_the_package_has_an_example_and_every_name() -> None:
    outcome = doctest.testmod(pool_registry_types)
    assert (outcome.failed, outcome.attempted) == (0, 4)
    page = pool_registry_types.__doc__ or ""
    assert [name for name in PUBLIC if not re.search(rf"^    [^>\n]*\b{name}\b", page, re.MULTILINE)] == []
