"""What type checkers say of correct and of wrong uses of the package, and of the package itself."""

import ast
import inspect
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import pool_registry_types
from fields import WireClass, classes
from type_checkers import FILES, Outcome

TypeChecked = Callable[[str], Outcome]

MARKED = {
    (file.name, number)
    for file in FILES
    for number, line in enumerate(file.read_text().splitlines(), start=1)
    if "# refused" in line
}


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_a_checker_refuses_the_marked_lines_and_no_other(type_checked: TypeChecked, checker: str) -> None:
    status, output = type_checked(checker)
    errors = re.findall(r"(\w+\.py):(\d+):(?:\d+ -)? error: ", output)
    assert (status, {(name, int(number)) for name, number in errors}) == (1, MARKED), output


def test_the_package_is_typed_to_the_last_symbol(type_checked: TypeChecked) -> None:
    status, output = type_checked("verifytypes")
    assert (status, re.findall("score: (.*)", output)) == (0, ["100%"]), output


def test_a_public_module_has_no_public_name_but_those_of_the_package() -> None:
    # A name that is imported is none of the module's, to type checkers of a typed package.
    names: set[str] = set()
    for file in Path(pool_registry_types.__file__).parent.glob("[!_]*.py"):
        for statement in ast.parse(file.read_text("utf-8")).body:
            if isinstance(statement, (ast.ClassDef, ast.FunctionDef)):
                names.add(statement.name)
            elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
                targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                names.update(ast.unparse(target) for target in targets)
    assert {name for name in names if not name.startswith("_")} <= {*pool_registry_types.__all__}


def test_the_package_has_no_public_name_but_its_own() -> None:
    names = {name for name, value in vars(pool_registry_types).items() if not inspect.ismodule(value)}
    assert {name for name in names if not name.startswith("_")} == {*pool_registry_types.__all__}


@classes
def test_the_classes_are_declared_final(cls: WireClass) -> None:
    assert vars(cls)["__final__"]
