"""What type checkers say of correct and of wrong uses of the package, and of the package itself."""

import ast
import inspect
import os
import re
import sys
from pathlib import Path

import pytest

import helpers
import pool_registry_types
from fields import WireClass, classes
from helpers import EXAMPLES, ROOT, blocks, needs

FILES = [ROOT / "tests/typing/accepted.py", ROOT / "tests/typing/rejected.py"]
REJECTED = {
    (file.name, number)
    for file in FILES
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1)
    if "# rejected: " in line
}

needs_type_checkers = needs("lint", "mypy", "pyright")


def check_types(*command: str | Path) -> tuple[int, str]:
    done = helpers.run([sys.executable, "-m", *command], cwd=ROOT, check=False, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@needs_type_checkers
@pytest.mark.parametrize(
    "command", [["mypy", "--strict", f"--cache-dir={os.devnull}"], ["pyright"]], ids=["mypy", "pyright"]
)
def test_a_type_checker_rejects_the_marked_lines_and_no_other(command: list[str], tmp_path: Path) -> None:
    examples = [tmp_path / f"page_{number}.py" for number in range(len(EXAMPLES))]
    for example, page in zip(examples, EXAMPLES, strict=True):
        example.write_text("\n".join(blocks(page, "python")), "utf-8")
    status, output = check_types(*command, *FILES, *examples)
    errors = re.findall(r"(\w+\.py):(\d+):(?:\d+ -)? error: ", output)
    assert (status, {(name, int(number)) for name, number in errors}) == (1, REJECTED), output


@needs_type_checkers
def test_the_package_is_typed_to_the_last_symbol() -> None:
    status, output = check_types("pyright", "--verifytypes", "pool_registry_types", "--ignoreexternal")
    assert (status, re.findall("score: (.*)", output)) == (0, ["100%"]), output


def test_public_modules_define_no_public_name_but_those_of_the_package() -> None:
    # To type checkers, a name that a typed package imports is not one of the module's.
    names: set[str] = set()
    for file in Path(pool_registry_types.__file__).parent.glob("[!_]*.py"):
        for statement in ast.parse(file.read_text("utf-8")).body:
            match statement:
                case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                    names.add(name)
                case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                    names.add(name)
    assert names >= {"GpuInfo", "HealthState", "HEARTBEAT_TIMEOUT"}
    assert {name for name in names if not name.startswith("_")} <= {*pool_registry_types.__all__}


def test_the_package_has_no_public_name_but_its_own() -> None:
    names = {name for name, value in vars(pool_registry_types).items() if not inspect.ismodule(value)}
    assert {name for name in names if not name.startswith("_")} == {*pool_registry_types.__all__}


@classes
def test_the_classes_are_declared_final(cls: WireClass) -> None:
    assert vars(cls)["__final__"]
