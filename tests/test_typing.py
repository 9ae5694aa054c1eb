"""Type checkers accept correct uses of the package, reject wrong ones, and find the package fully typed."""

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
def test_type_checkers_reject_the_marked_lines_and_no_others(command: list[str], tmp_path: Path) -> None:
    examples = [tmp_path / f"page_{number}.py" for number in range(len(EXAMPLES))]
    for example, page in zip(examples, EXAMPLES, strict=True):
        example.write_text("\n".join(blocks(page, "python")), "utf-8")
    status, output = check_types(*command, *FILES, *examples)
    errors = re.findall(r"(\w+\.py):(\d+):(?:\d+ -)? error: ", output)
    assert (status, {(name, int(number)) for name, number in errors}) == (1, REJECTED), output


@needs_type_checkers
def test_every_public_symbol_has_a_known_type() -> None:
    status, output = check_types("pyright", "--verifytypes", "pool_registry_types", "--ignoreexternal")
    assert (status, re.findall("score: (.*)", output)) == (0, ["100%"]), output


def test_public_modules_define_only_public_names_of_the_package() -> None:
    # Imported names do not count, because to type checkers, a module does not export them.
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


def test_the_package_has_no_public_names_outside_all() -> None:
    names = {name for name, value in vars(pool_registry_types).items() if not inspect.ismodule(value)}
    assert {name for name in names if not name.startswith("_")} == {*pool_registry_types.__all__}


@classes
def test_the_types_are_declared_final(cls: WireClass) -> None:
    assert vars(cls)["__final__"]
