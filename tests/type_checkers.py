"""Type checkers over `tests/typing`, the examples of the pages and the package; they take seconds."""

import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import helpers
from helpers import EXAMPLES, ROOT, blocks

FILES = sorted((Path(__file__).parent / "typing").glob("*.py"))
_CHECKERS = {
    "mypy": ["mypy", "--strict"],
    "pyright": ["pyright"],
    "verifytypes": ["pyright", "--verifytypes", "pool_registry_types", "--ignoreexternal"],
}


class Outcome(NamedTuple):
    status: int
    output: str


def start() -> dict[str, Future[Outcome]]:
    """Run them side by side, while other tests run."""
    executor = ThreadPoolExecutor()
    return {checker: executor.submit(_run, checker) for checker in _CHECKERS}


def _run(checker: str) -> Outcome:
    command = [sys.executable, "-m", *_CHECKERS[checker]]
    with TemporaryDirectory() as directory:
        if checker == "mypy":
            command += ["--cache-dir", directory]
        if checker != "verifytypes":
            examples = [Path(directory, f"page_{number}.py") for number in range(len(EXAMPLES))]
            for example, page in zip(examples, EXAMPLES, strict=True):
                example.write_text("\n".join(blocks(page, "python")), "utf-8")
            command += map(str, [*FILES, *examples])
        done = helpers.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    return Outcome(done.returncode, done.stdout)
