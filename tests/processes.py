"""Processes in an environment that is stated here: that of the caller changes nothing in what they print."""

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

# What finds programs and libraries, where files may be put, and what measures coverage. Neither PYTHON* nor COLUMNS,
# FORCE_COLOR, a locale or a time zone is the caller's. This Python comes first, where pyright --verifytypes looks.
_KEPT: Final = (
    *("HOME", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT"),
    *("COVERAGE_FILE", "COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START"),
)
_PATH: Final = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
ENVIRONMENT: Final[dict[str, str]] = {
    "PATH": _PATH,
    "LANG": "C.UTF-8",
    "NO_PROXY": "127.0.0.1",
    **{name: os.environ[name] for name in _KEPT if name in os.environ},
}

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
