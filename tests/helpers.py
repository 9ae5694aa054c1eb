"""Shared helpers: to make and reject values, to run processes in a fixed environment, and to read the pages."""

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

from fields import FIELDS, MESSAGES, SAMPLES, WireClass
from pool_registry_types import ValidationError


def arguments_of(value: Any) -> dict[str, Any]:
    """The constructor's arguments for an equal instance."""
    return {name: getattr(value, name) for name in FIELDS[type(value)]}


def without(name: str, message: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in message.items() if key != name}


def read(cls: WireClass, **changes: Any) -> Any:
    return cls.from_dict(MESSAGES[cls] | changes)


def construct(cls: WireClass, **arguments: Any) -> Any:
    return cls(**arguments_of(SAMPLES[cls]) | arguments)


def replace(cls: WireClass, **arguments: Any) -> Any:
    return dataclasses.replace(SAMPLES[cls], **arguments)


def rejection(make: Callable[..., Any], *arguments: Any, **fields: Any) -> ValidationError:
    """Call a function that must raise a ValidationError, without a cause or context, and return the error."""
    with pytest.raises(ValidationError) as caught:
        make(*arguments, **fields)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    return caught.value


def assert_value_or_rejection(read: Callable[[Any], Any], message: Any) -> None:
    """Check that input is either read as a valid instance or rejected with an error of one short line."""
    try:
        value = read(message)
    except ValidationError as error:
        assert len(str(error)) <= 300  # noqa: PT017  both outcomes are good
        assert str(error).isprintable()  # noqa: PT017
    else:
        assert type(value).from_json(value.to_json()) == value


def clear(value: Any) -> None:
    """Empty a message at every level."""
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, (dict, list)):
            clear(item)
    value.clear()


def with_unknown_fields(value: Any) -> Any:
    """Add fields to a message at every level, as a later version may."""
    if isinstance(value, dict):
        known = {name: with_unknown_fields(item) for name, item in value.items()}
        return {"a": {}} | known | {"z": [{"a": None}], "": -1}
    return [with_unknown_fields(item) for item in value] if isinstance(value, list) else value


# Processes run in a fixed environment, so that the caller's cannot change their output: no PYTHON*, COLUMNS,
# FORCE_COLOR, locale or time zone.

# Needed to find programs and libraries, to write temporary files, and to measure coverage.
_KEPT: Final = (
    *("HOME", "TMPDIR", "TEMP", "TMP", "LD_LIBRARY_PATH", "SYSTEMROOT"),
    *("COVERAGE_FILE", "COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START"),
)
# This Python comes first, because pyright --verifytypes checks the packages of the first one.
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
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /dev/full and /proc")


if TYPE_CHECKING:
    run = subprocess.run
    start = subprocess.Popen
else:

    def run(command: Any, **options: Any) -> subprocess.CompletedProcess:
        """Call ``subprocess.run`` in the fixed environment, unless ``env`` is given. Text and arguments are UTF-8."""
        return subprocess.run(_encoded(command), **_with_defaults(options))  # noqa: PLW1510  the caller passes check

    def start(command: Any, **options: Any) -> subprocess.Popen:
        """Call ``subprocess.Popen`` in the same way."""
        return subprocess.Popen(_encoded(command), **_with_defaults(options))


def file_name(text: str) -> str:
    """Return a file name that is encoded in UTF-8, even if this process runs in another locale."""
    return os.fsdecode(text.encode("utf-8", "surrogateescape"))


def _encoded(command: list[Any]) -> list[bytes]:
    return [os.fspath(part).encode("utf-8", "surrogateescape") for part in command]


def _with_defaults(options: dict[str, Any]) -> dict[str, Any]:
    if options.pop("text", False):
        options["encoding"] = "utf-8"
    return {"env": ENVIRONMENT, **options}


# Pages and their parts.

ROOT = Path(__file__).parent.parent
_PAGES = [
    *("README.md", "tests/wire/README.md", "tests/services/README.md", "tests/benchmarks/README.md"),
    *(".github/CONTRIBUTING.md", ".github/CHANGELOG.md", ".github/SECURITY.md"),
]
PAGES = {page: (ROOT / page).read_text("utf-8") for page in _PAGES}
EXAMPLES = {"README.md": 2, "tests/wire/README.md": 6, "tests/services/README.md": 2}
"""How many Python examples each page has."""


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGES[page], re.DOTALL | re.MULTILINE)


@cache
def names_of(page: str, library: str = "") -> dict[str, Any]:
    """Run a page's Python examples one after another, and return what they define.

    Of the examples that import pandas, polars or sqlalchemy, run only those that import ``library``.
    """
    examples = blocks(page, "python")
    assert len(examples) == EXAMPLES[page]
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for example in examples:
        if {*re.findall(r"^import (pandas|polars|sqlalchemy) as ", example, re.MULTILINE)} <= {library}:
            exec(compile(example, page, "exec"), namespace)  # noqa: S102
    return namespace


def section(page: str, title: str) -> str:
    """Return the text under a heading, up to the next heading of the same or a higher level."""
    found = re.search(rf"^(#+) {title}\n(.*?)(?=^#{{1,2}} |^\1 |\Z)", PAGES[page], re.DOTALL | re.MULTILINE)
    assert found, f"{page} has no heading {title!r}"
    return found[2]


def rows(text: str) -> list[list[str]]:
    """Return the cells of the first table, row by row, without the header."""
    table = text[text.index("\n| ") :].strip().split("\n\n")[0]
    lines = table.splitlines()[2:]
    return [[cell.replace("\\|", "|").strip(" `") for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
