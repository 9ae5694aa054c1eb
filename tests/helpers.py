"""What several tests use: ways to make and reject a value, processes in a known environment, and the pages."""

import dataclasses
import os
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from fields import DOCUMENTS, FIELDS, SAMPLES, WireClass
from pool_registry_types import ValidationError


def named(cases: dict[str, Any]) -> list[Any]:
    """Make a table of cases, by their names, into parameters."""
    return [pytest.param(*(case if isinstance(case, tuple) else [case]), id=name) for name, case in cases.items()]


def arguments_of(value: Any) -> dict[str, Any]:
    """The arguments that make an instance."""
    return {name: getattr(value, name) for name in FIELDS[type(value)]}


def without(name: str, members: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in members.items() if key != name}


def read(cls: WireClass, **members: Any) -> Any:
    return cls.from_dict(DOCUMENTS[cls] | members)


def construct(cls: WireClass, **arguments: Any) -> Any:
    return cls(**arguments_of(SAMPLES[cls]) | arguments)


def replace(cls: WireClass, **arguments: Any) -> Any:
    return dataclasses.replace(SAMPLES[cls], **arguments)


def rejection(make: Callable[..., Any], *arguments: Any, **fields: Any) -> ValidationError:
    """The error that ends a call, and that no other error caused."""
    with pytest.raises(ValidationError) as caught:
        make(*arguments, **fields)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    return caught.value


def assert_value_or_rejection(read: Callable[[Any], Any], message: Any) -> None:
    """Hostile input is read as a valid instance or rejected on one short line, and nothing else."""
    try:
        value = read(message)
    except ValidationError as error:
        assert len(str(error)) <= 300  # noqa: PT017  an error is one of two good outcomes
        assert str(error).isprintable()  # noqa: PT017
    else:
        assert type(value).from_json(value.to_json()) == value


def clear(value: Any) -> None:
    """Empty a message at every level."""
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, (dict, list)):
            clear(item)
    value.clear()


def with_new_members(value: Any) -> Any:
    """The message of a later version, which has more fields at every level."""
    if isinstance(value, dict):
        members = {name: with_new_members(member) for name, member in value.items()}
        return {"a": {}} | members | {"z": [{"a": None}], "": -1}
    return [with_new_members(item) for item in value] if isinstance(value, list) else value


# Processes, whose output the caller's environment cannot change.

# What finds programs and libraries, where files may be put, and what measures coverage. Neither PYTHON* nor COLUMNS,
# FORCE_COLOR, a locale or a time zone is the caller's. This Python comes first, where pyright --verifytypes looks.
_KEPT: Final = (
    *("HOME", "TMPDIR", "TEMP", "TMP", "LD_LIBRARY_PATH", "SYSTEMROOT"),
    *("COVERAGE_FILE", "COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START"),
)
_PATH: Final = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
ENVIRONMENT: Final[dict[str, str]] = {
    "PATH": _PATH,
    "LANG": "C.UTF-8",
    "NO_PROXY": "127.0.0.1",
    **{name: os.environ[name] for name in _KEPT if name in os.environ},
}


def needs(extra: str, *modules: str) -> pytest.MarkDecorator:
    """Skip a test where an extra is not installed, unless ``REQUIRE_EXTRAS`` is set: then the test fails."""
    installed = all(find_spec(module) for module in modules)
    reason = f"the extra `{extra}` installs {' and '.join(modules)}"
    return pytest.mark.skipif(not (installed or os.environ.get("REQUIRE_EXTRAS")), reason=reason)


on_posix = pytest.mark.skipif(os.name != "posix", reason="Windows has other signals, shells and terminals")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="/dev/full and /proc are those of Linux")


if TYPE_CHECKING:
    run = subprocess.run
    start = subprocess.Popen
else:

    def run(command: Any, **options: Any) -> subprocess.CompletedProcess:
        """``subprocess.run``, in the stated environment or in ``env``; texts and arguments are UTF-8."""
        return subprocess.run(_encoded(command), **_stated(options))  # noqa: PLW1510  the caller says it

    def start(command: Any, **options: Any) -> subprocess.Popen:
        """``subprocess.Popen``, as above."""
        return subprocess.Popen(_encoded(command), **_stated(options))


def file_name(text: str) -> str:
    """Return the name by which this process knows a file that is called so in UTF-8."""
    return os.fsdecode(text.encode("utf-8", "surrogateescape"))


def _encoded(command: list[Any]) -> list[bytes]:
    return [os.fspath(part).encode("utf-8", "surrogateescape") for part in command]


def _stated(options: dict[str, Any]) -> dict[str, Any]:
    if options.pop("text", False):
        options["encoding"] = "utf-8"
    return {"env": ENVIRONMENT, **options}


# The pages, and their parts.

ROOT = Path(__file__).parent.parent
PAGES = {
    page: (ROOT / page).read_text("utf-8")
    for page in (
        "README.md",
        "tests/wire/README.md",
        "tests/services/README.md",
        "tests/benchmarks/README.md",
        ".github/CONTRIBUTING.md",
        ".github/CHANGELOG.md",
        ".github/SECURITY.md",
    )
}
EXAMPLES = {"README.md": 2, "tests/wire/README.md": 6, "tests/services/README.md": 1}
"""The pages with examples in Python, and how many."""


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGES[page], re.DOTALL | re.MULTILINE)


@cache
def names_of(page: str, library: str = "") -> dict[str, Any]:
    """Run a page's examples in Python one after another, and return what they define.

    Of the libraries that the extra `recipes` installs, only this one is imported.
    """
    examples = blocks(page, "python")
    assert len(examples) == EXAMPLES[page]
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for example in examples:
        if {*re.findall(r"^import (pandas|polars|sqlalchemy) as ", example, re.MULTILINE)} <= {library}:
            exec(compile(example, page, "exec"), namespace)  # noqa: S102
    return namespace


def section(page: str, title: str) -> str:
    """Return what stands under a heading, up to the next of its level or above."""
    found = re.search(rf"^(#+) {title}\n(.*?)(?=^#{{1,2}} |^\1 |\Z)", PAGES[page], re.DOTALL | re.MULTILINE)
    assert found, f"{page} has no heading {title!r}"
    return found[2]


def rows(text: str) -> list[list[str]]:
    """Return the cells of the rows of the first table, without its titles."""
    table = text[text.index("\n| ") :].strip().split("\n\n")[0]
    lines = table.splitlines()[2:]
    return [[cell.replace("\\|", "|").strip(" `") for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
