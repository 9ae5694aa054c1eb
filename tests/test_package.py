"""The package as a whole: its names, metadata, modules and workflow."""

import ast
import inspect
import json
import re
import sys
import tomllib
from importlib.metadata import metadata, requires
from pathlib import Path
from typing import Any

import pytest

import helpers
import pool_registry_types
from fields import FIELDS, WireClass, classes
from helpers import ROOT, blocks

PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT: dict[str, Any] = PYPROJECT["project"]
PACKAGE = Path(pool_registry_types.__file__).parent
WORKFLOW = (ROOT / ".github/workflows/ci.yml").read_text("utf-8")


def test_the_public_names_are_exactly_these() -> None:
    names = [
        *("GpuCapabilities", "GpuInfo", "HEARTBEAT_TIMEOUT", "HealthState", "HealthStatus", "NodeCapabilities"),
        *("NodeInfo", "NodeStatus", "PoolMetadata", "PoolSnapshot", "Text", "Timestamp", "U64", "ValidationError"),
        "WireType",
        *("format_json", "format_timestamp", "parse_json", "parse_timestamp"),
    ]
    assert sorted(pool_registry_types.__all__) == dir(pool_registry_types) == names


@classes
def test_public_methods_are_documented(cls: WireClass) -> None:
    methods = {name: getattr(cls, name) for name in dir(cls) if not name.startswith("_") and name not in FIELDS[cls]}
    assert [name for name, method in methods.items() if not inspect.getdoc(method)] == []


def test_dateutil_is_the_only_dependency() -> None:
    assert PROJECT["dependencies"] == ["python-dateutil>=2.9.0.post0"]
    assert [line for line in requires("pool-registry-types") or [] if "extra ==" not in line] == PROJECT["dependencies"]


def test_every_optional_dependency_has_a_lower_bound() -> None:
    named = {line for extra in PROJECT["optional-dependencies"].values() for line in extra}
    assert [line for line in named if not re.search(r">=|==", line)] == ["pool-registry-types[bench,recipes,test]"]
    assert "pydantic>=2.10" in PROJECT["optional-dependencies"]["test"]


def test_the_same_versions_of_python_are_named_everywhere() -> None:
    named = [line.rpartition(" :: ")[2] for line in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", line)]
    assert named == ["3.11", "3.12", "3.13", "3.14", "3.15"]
    assert PROJECT["requires-python"] == metadata("pool-registry-types")["Requires-Python"] == f">={named[0]}"
    [matrix] = re.findall(r"^ +python: (\[.*\])$", WORKFLOW, re.MULTILINE)
    assert json.loads(matrix) == [*named, "3.14t"]
    assert f" from {named[0]} to {named[-1]} is tested" in (ROOT / "README.md").read_text("utf-8")
    assert "python-version: ${{ matrix.python }}" in WORKFLOW


def test_the_workflow_runs_the_readme_commands_and_the_whole_check() -> None:
    assert re.search(r"^on:\n  push:\n    branches: \[main\]\n  pull_request:\n  schedule:\n", WORKFLOW, re.MULTILINE)
    commands, *_ = [block for block in re.findall(r"run: \|\n((?: {10}.*\n)+)", WORKFLOW) if "pytest" in block]
    assert re.sub("^ +", "", commands, flags=re.MULTILINE) == blocks("README.md", "sh")[1]
    [check] = re.findall(r"^ +(docker run .*)$", WORKFLOW, re.MULTILINE)
    assert check.endswith(" bash .ci/run")
    assert f" && {check}`" in (ROOT / ".github/CONTRIBUTING.md").read_text("utf-8")
    assert not re.search(
        r"continue-on-error|\|\||^ +if: (?!always\(\)$|runner\.os )|; *true|exit 0", WORKFLOW, re.MULTILINE
    )


def test_the_workflow_pins_actions_and_the_image_by_hash() -> None:
    uses = re.findall(r"uses: (.+)$", WORKFLOW, re.MULTILINE)
    assert len(uses) >= 3
    assert all(re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use) for use in uses)
    # Whether each hash belongs to its version is checked by zizmor, in the workflow.
    assert len({use.partition("@")[0] for use in uses}) == len({*uses})
    dockerfile = (ROOT / ".ci/Dockerfile").read_text("utf-8")
    assert re.findall(r"^FROM (.+)@sha256:[0-9a-f]{64}$", dockerfile, re.MULTILINE) == ["debian:bookworm"]


def test_the_sdist_has_the_files_of_the_check() -> None:
    included = PYPROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    assert {f"/.ci/{file.name}" for file in (ROOT / ".ci").iterdir()} <= {*included}


def test_the_license_is_the_complete_gpl_3() -> None:
    assert metadata("pool-registry-types")["License-Expression"] == "GPL-3.0-or-later"
    assert PROJECT["license-files"] == ["LICENSE"]
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert text.splitlines()[0].strip() == "GNU GENERAL PUBLIC LICENSE"
    assert [f"  {number}. " in text for number in range(18)] == [True] * 18
    assert "END OF TERMS AND CONDITIONS" in text


# From the bottom up: each module imports only modules that come before it here, even within functions.
MODULES = [
    *("_describe", "errors", "_ijson", "_rfc3339", "_checks", "_pydantic", "_annotations", "_wire"),
    *("gpu", "health", "node", "pool", "__init__", "_hypothesis", "__main__"),
]


@pytest.mark.parametrize("module", sorted(file.stem for file in PACKAGE.glob("*.py")))
def test_a_module_imports_only_modules_below_it(module: str) -> None:
    tree = ast.parse((PACKAGE / f"{module}.py").read_text("utf-8"))
    imported = {
        name
        for statement in ast.walk(tree)
        if isinstance(statement, ast.ImportFrom) and statement.level
        for name in [statement.module or "__init__"]
    }
    assert imported <= {*MODULES[: MODULES.index(module)]}


def test_importing_the_package_imports_only_what_it_needs() -> None:
    # Record only what the package itself imports. What those modules import in turn differs between versions of Python.
    script = """
import builtins, sys
load, imported = builtins.__import__, set()
def record(name, namespace=None, names=None, only=(), level=0):
    if namespace and namespace["__name__"].startswith("pool_registry_types"):
        imported.update([name] if name else only)
    return load(name, namespace, names, only, level)
builtins.__import__ = record
import pool_registry_types
print(*imported)
"""
    output = helpers.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    parts = {file.stem for file in PACKAGE.glob("*.py")}
    parts -= {"__init__", "__main__", "_hypothesis", "_pydantic"}
    others = "collections collections.abc contextlib dataclasses datetime dateutil.parser enum functools itertools"
    others += " json math re sys types typing"
    assert parts <= {*output.split()} <= {*parts, *others.split()}
