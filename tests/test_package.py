"""The package as a whole: its names, its types at run time, and what importing it costs."""

import ast
import json
import re
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from importlib.metadata import metadata, requires
from inspect import Parameter, signature
from pathlib import Path
from typing import Any, Self, get_type_hints

import pytest

import pool_registry_types
import processes
from pool_registry_types import HEARTBEAT_TIMEOUT, NodeInfo, ValidationError
from tables import FIELDS, WireClass

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
WORKFLOW = (ROOT / ".github/workflows/ci.yml").read_text("utf-8")
MODULES = sorted((ROOT / "src/pool_registry_types").glob("*.py"))


def test_the_public_names() -> None:
    names = {
        "GpuCapabilities",
        "GpuInfo",
        "HEARTBEAT_TIMEOUT",
        "HealthState",
        "HealthStatus",
        "NodeCapabilities",
        "NodeInfo",
        "NodeStatus",
        "PoolMetadata",
        "PoolSnapshot",
        "Text",
        "Timestamp",
        "U64",
        "ValidationError",
        "format_json",
        "format_timestamp",
        "parse_json",
        "parse_timestamp",
    }
    assert set(pool_registry_types.__all__) == names
    assert len(pool_registry_types.__all__) == len(names)
    assert all(hasattr(pool_registry_types, name) for name in names)


@pytest.mark.parametrize(
    "module", [path for path in MODULES if not path.name.startswith("_")], ids=lambda path: path.stem
)
def test_a_module_without_underscore_has_public_names_alone(module: Path) -> None:
    names = [name for name in assigned(module) if not name.startswith("_")]
    assert names
    assert {*names} <= {*pool_registry_types.__all__}


def test_the_package_itself_assigns_no_public_name() -> None:
    [package] = [path for path in MODULES if path.name == "__init__.py"]
    assert [name for name in assigned(package) if not name.startswith("_")] == []


def assigned(module: Path) -> list[str]:
    """Return the names that a module itself gives to something, other than by importing it."""
    names: list[str] = []
    for statement in ast.parse(module.read_text("utf-8")).body:
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            names += [node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)]
        elif isinstance(statement, ast.ClassDef | ast.FunctionDef):
            names.append(statement.name)
    return names


# What a caller may pass, and gets.

SCALARS: dict[str, Any] = {"u64": int, "text": str, "timestamp": datetime}


def python_type(kind: str) -> Any:
    if kind.startswith("opt "):
        return python_type(kind.removeprefix("opt ")) | None
    if kind.startswith("array of "):
        return tuple[python_type(kind.removeprefix("array of ")), ...]  # type: ignore[misc]
    return SCALARS.get(kind) or getattr(pool_registry_types, kind)


@pytest.mark.parametrize("cls", FIELDS)
def test_what_a_constructor_takes(cls: WireClass) -> None:
    wanted = {name: python_type(kind) for name, kind in FIELDS[cls].items()}
    assert get_type_hints(cls) == wanted
    assert list(get_type_hints(cls)) == list(wanted)
    assert get_type_hints(cls.__init__) == wanted | {"return": type(None)}
    defaults = {name: None if kind.startswith("opt ") else Parameter.empty for name, kind in FIELDS[cls].items()}
    assert {name: parameter.default for name, parameter in signature(cls).parameters.items()} == defaults
    assert {parameter.kind for parameter in signature(cls).parameters.values()} == {Parameter.KEYWORD_ONLY}


ASK = {"now": (datetime | None, None), "timeout": (timedelta, HEARTBEAT_TIMEOUT)}
NO_DEFAULT = Parameter.empty
METHODS: dict[str, tuple[dict[str, tuple[Any, Any]], Any]] = {
    "to_dict": ({}, dict[str, Any]),
    "to_json": ({}, str),
    "from_dict": ({"data": (Mapping[str, Any], NO_DEFAULT)}, Self),
    "from_json": ({"document": (str | bytes | bytearray, NO_DEFAULT)}, Self),
    "is_online": (ASK, bool),
    "is_available": ({}, bool),
}
FUNCTIONS: dict[Callable[..., Any], tuple[dict[str, tuple[Any, Any]], Any]] = {
    NodeInfo.is_available: (ASK, bool),
    ValidationError.__init__: (
        {"type_name": (str, NO_DEFAULT), "path": (Sequence[str | int], NO_DEFAULT), "reason": (str, NO_DEFAULT)},
        type(None),
    ),
    ValidationError.within: ({"type_name": (str, NO_DEFAULT), "steps": (str | int, NO_DEFAULT)}, ValidationError),
    pool_registry_types.format_json: ({"value": (object, NO_DEFAULT)}, str),
    pool_registry_types.format_timestamp: ({"moment": (object, NO_DEFAULT)}, str),
    pool_registry_types.parse_json: ({"document": (object, NO_DEFAULT)}, Any),
    pool_registry_types.parse_timestamp: ({"text": (Any, NO_DEFAULT)}, datetime),
}
FUNCTIONS |= {
    getattr(cls, name): taken
    for cls in FIELDS
    for name, taken in METHODS.items()
    if hasattr(cls, name) and (cls, name) != (NodeInfo, "is_available")
}


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__qualname__)
def test_what_a_function_takes_and_gives(function: Callable[..., Any]) -> None:
    parameters, result = FUNCTIONS[function]
    hints = get_type_hints(function)
    given = {name: parameter for name, parameter in signature(function).parameters.items() if name != "self"}
    assert {name: (hints[name], parameter.default) for name, parameter in given.items()} == parameters
    assert hints["return"] == result


def test_every_public_method_is_in_the_table() -> None:
    public = {
        getattr(cls, name)
        for cls in (*FIELDS, ValidationError)
        for base in cls.__mro__
        if base.__module__.startswith("pool_registry_types")
        for name, member in vars(base).items()
        if not name.startswith("_") and (callable(member) or isinstance(member, classmethod))
    }
    assert {function.__qualname__ for function in public} == {
        function.__qualname__
        for function in FUNCTIONS
        if "." in function.__qualname__ and "__" not in function.__name__
    }


@pytest.mark.parametrize("cls", FIELDS)
def test_public_classes_and_their_methods_are_documented(cls: WireClass) -> None:
    assert "Attributes:" in (cls.__doc__ or "")
    for method in ("to_dict", "from_dict", "to_json", "from_json"):
        assert any(vars(base)[method].__doc__ for base in cls.__mro__ if method in vars(base))


def test_dateutil_is_the_only_dependency() -> None:
    assert PROJECT["dependencies"] == ["python-dateutil>=2.9.0.post0"]
    assert [line for line in requires("pool-registry-types") or [] if "extra ==" not in line] == PROJECT["dependencies"]


def test_everything_else_that_it_works_with_has_a_lowest_version() -> None:
    named = {line for extra in PROJECT["optional-dependencies"].values() for line in extra}
    assert [line for line in named if not re.search(r">=|==", line)] == ["pool-registry-types[bench,test]"]
    assert "pydantic>=2.10" in PROJECT["optional-dependencies"]["test"]


def test_the_pythons_are_the_same_everywhere() -> None:
    named = [line.rpartition(" :: ")[2] for line in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", line)]
    assert named == ["3.11", "3.12", "3.13", "3.14"]
    assert PROJECT["requires-python"] == metadata("pool-registry-types")["Requires-Python"] == f">={named[0]}"
    [matrix] = re.findall(r"^ +python: (\[.*\])$", WORKFLOW, re.MULTILINE)
    assert json.loads(matrix) == named
    assert "python-version: ${{ matrix.python }}" in WORKFLOW


def test_the_workflow_runs_the_commands_of_the_readme_and_the_check() -> None:
    assert re.search(r"^on:\n  push:\n    branches: \[main\]\n  pull_request:\n  schedule:\n", WORKFLOW, re.MULTILINE)
    [commands] = [block for block in re.findall(r"run: \|\n((?: {10}.*\n)+)", WORKFLOW) if "pytest" in block]
    blocks = re.findall(r"^```sh\n(.*?)^```$", (ROOT / "README.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert re.sub("^ +", "", commands, flags=re.MULTILINE) == blocks[1]
    assert re.findall(r"run: (bash.*)$", WORKFLOW, re.MULTILINE) == ["bash .ci/run"]
    assert not re.search(r"continue-on-error|\|\||^ +if:|; *true|exit 0", WORKFLOW, re.MULTILINE)


def test_what_the_workflow_uses_is_pinned() -> None:
    uses = re.findall(r"uses: (.+)$", WORKFLOW, re.MULTILINE)
    assert len(uses) >= 3
    assert all(re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use) for use in uses)
    # Whether a hash is that version's, zizmor asks where it may.
    assert len({use.partition("@")[0] for use in uses}) == len({*uses})
    assert re.findall(r"container: (.+)@sha256:[0-9a-f]{64}$", WORKFLOW, re.MULTILINE) == ["debian:bookworm"]


def test_the_license_is_whole() -> None:
    assert metadata("pool-registry-types")["License-Expression"] == "GPL-3.0-or-later"
    assert PROJECT["license-files"] == ["LICENSE"]
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert text.splitlines()[0].strip() == "GNU GENERAL PUBLIC LICENSE"
    assert [f"  {number}. " in text for number in range(18)] == [True] * 18
    assert "END OF TERMS AND CONDITIONS" in text


def test_importing_it_imports_no_parser_and_no_checker() -> None:
    script = "import json, sys, pool_registry_types; print(json.dumps(sorted(sys.modules)))"
    output = processes.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    modules = json.loads(output)
    assert "pool_registry_types.pool" in modules
    unwanted = r"dateutil|pydantic|hypothesis|argparse$|pool_registry_types\.(__main__|_pydantic|_hypothesis)$"
    assert [name for name in modules if re.match(unwanted, name)] == []
