"""What type checkers say of correct and of wrong uses of the package, and of the package itself."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

import processes

FILES = sorted((Path(__file__).parent / "typing").glob("*.py"))
MARKED = {
    (file.name, number)
    for file in FILES
    for number, line in enumerate(file.read_text().splitlines(), start=1)
    if "# refused" in line
}
MYPY = [sys.executable, "-m", "mypy", "--strict"]
PYRIGHT = [sys.executable, "-m", "pyright"]

Outcome = tuple[int, str]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Callable[[], Outcome]]]:
    """The checkers, which run side by side, and what waits for the exit status and the output of each."""
    commands = {
        "mypy": [*MYPY, "--cache-dir", str(tmp_path_factory.mktemp("mypy")), *map(str, FILES)],
        "pyright": [*PYRIGHT, *map(str, FILES)],
        "verifytypes": [*PYRIGHT, "--verifytypes", "pool_registry_types", "--ignoreexternal"],
    }
    with ExitStack() as stack:
        running = {
            name: stack.enter_context(processes.start(command, stdout=subprocess.PIPE, text=True))
            for name, command in commands.items()
        }
        yield {name: partial(_outcome, process) for name, process in running.items()}


def _outcome(process: subprocess.Popen[str]) -> Outcome:  # noqa: TID251  it starts none
    output, _ = process.communicate()
    return process.returncode, output


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_a_checker_refuses_the_marked_lines_and_no_other(
    outcomes: dict[str, Callable[[], Outcome]], checker: str
) -> None:
    status, output = outcomes[checker]()
    errors = re.findall(r"(\w+\.py):(\d+):(?:\d+ -)? error: ", output)
    assert (status, {(name, int(number)) for name, number in errors}) == (1, MARKED)


def test_the_package_is_typed_to_the_last_symbol(outcomes: dict[str, Callable[[], Outcome]]) -> None:
    status, output = outcomes["verifytypes"]()
    assert (status, re.findall("score: (.*)", output)) == (0, ["100%"]), output
