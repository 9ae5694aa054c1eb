"""What type checkers say of correct and of wrong uses of the package, and of the package itself."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

FILES = sorted((Path(__file__).parent / "typing").glob("*.py"))
MARKED = {
    (file.name, number)
    for file in FILES
    for number, line in enumerate(file.read_text().splitlines(), start=1)
    if "# refused" in line
}
MYPY = [sys.executable, "-m", "mypy", "--strict"]
PYRIGHT = [sys.executable, "-m", "pyright"]


def run(command: list[str]) -> tuple[int, str]:
    # pyright --verifytypes takes no --pythonpath, and looks where the first python in the PATH would.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(command, env=os.environ | {"PATH": path}, stdout=subprocess.PIPE, text=True, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize("checker", [MYPY, PYRIGHT], ids=["mypy", "pyright"])
def test_a_checker_refuses_the_marked_lines_and_no_other(checker: list[str], tmp_path: Path) -> None:
    cache = ["--cache-dir", str(tmp_path)] if checker is MYPY else []
    status, output = run([*checker, *cache, *map(str, FILES)])
    errors = re.findall(r"(\w+\.py):(\d+):(?:\d+ -)? error: ", output)
    assert (status, {(name, int(number)) for name, number in errors}) == (1, MARKED)


def test_the_package_is_typed_to_the_last_symbol() -> None:
    status, output = run([*PYRIGHT, "--verifytypes", "pool_registry_types", "--ignoreexternal"])
    assert (status, re.findall("score: (.*)", output)) == (0, ["100%"]), output
