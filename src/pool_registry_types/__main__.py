"""Check documents at a shell: ``python -m pool_registry_types [--json-lines] TYPE [FILE ...]``.

A valid document goes to standard output in canonical wire form, on one line. What it says of itself now, or why it is
refused, goes to standard error.
"""

import argparse
import contextlib
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

from . import _TYPES, HealthState, HealthStatus, NodeInfo, PoolSnapshot, ValidationError, __version__
from ._describe import dotted, escaped_line
from ._ijson import parse
from ._wire import WireType


def main() -> int:
    """Check the files that the arguments name, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m pool_registry_types",
        description="Check JSON documents, and print the valid ones in canonical wire form.",
        epilog="The exit status is 0 if all documents are valid, 1 if any is not, and 2 if the arguments are wrong.",
    )
    parser.add_argument("--version", action="version", version=f"pool-registry-types {__version__}")
    parser.add_argument("--json-lines", action="store_true", help="read a document from each line that is not blank")
    parser.add_argument("type", choices=[cls.__name__ for cls in _TYPES], help="what each document is to be")
    parser.add_argument("files", nargs="*", default=["-"], metavar="FILE", help="standard input when absent or -")
    types = {cls.__name__: cls for cls in _TYPES}
    arguments = parser.parse_intermixed_args()
    if hasattr(signal, "SIGPIPE"):  # pragma: no branch  Windows has none
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # when nobody reads on, end as other filters do
    cls, lines = types[arguments.type], arguments.json_lines
    try:
        with open(1, "wb", closefd=False) as output:
            valid = [_check(cls, file, lines, output) for file in arguments.files]
    except OSError as error:
        _say(f"<stdout>: {error.strerror}")
        return 1
    return 0 if all(valid) else 1


def _check(cls: type[WireType], file: str, lines: bool, output: BinaryIO) -> bool:
    """Check a file that holds a document, or one on each line; return whether all is valid."""
    name = "<stdin>" if file == "-" else file
    valid = invalid = 0
    for number, document in enumerate(_read(file, lines), start=1):
        if isinstance(document, OSError):
            _say(f"{name}: {document.strerror}")
            return False
        if document or not lines:
            try:
                members = parse(document, cls.__name__)
                value = cls.from_dict(members)
            except ValidationError as error:
                invalid += 1
                _say(f"{name}:{number}: {error}" if lines else f"{name}: {error}")
            else:
                valid += 1
                output.write(f"{value.to_json()}\n".encode())
                output.flush()
                if not lines:
                    _say(f"{name}: {'; '.join(['valid', *_remarks(value), *_ignored(members, value)])}")
    if lines:
        _say(f"{name}: {valid} valid, {invalid} invalid")
    return not invalid


def _read(file: str, lines: bool) -> Iterator[bytes | OSError]:
    """Yield a file's lines, or all of it at once; yield a failure to read, too, since one to write is raised."""
    try:
        with open(0 if file == "-" else file, "rb", closefd=file != "-") as stream:
            yield from (line.rstrip(b" \t\r\n") for line in stream) if lines else [stream.read()]
    except OSError as error:
        yield error


def _remarks(value: WireType) -> Iterator[str]:
    """Say what the predicates of a value say now, and why."""
    now = datetime.now(UTC)
    match value:
        case NodeInfo():
            online = value.is_online(now=now)
            yield f"{'online' if online else 'offline'}, heartbeat {_age(now - value.last_heartbeat)}"
            yield _available(value.is_available(now=now), "no pools" if online else "offline")
        case PoolSnapshot(health=health) | (HealthStatus() as health):
            ready = health.state is HealthState.READY
            yield f"check {_age(now - health.last_check)}"
            yield _available(health.is_available(), "no free slot" if ready else f"state is {health.state}")


def _available(available: bool, why_not: str) -> str:
    return "available" if available else f"not available: {why_not}"


def _age(age: timedelta) -> str:
    seconds = round(age.total_seconds())
    units = {"d": 86_400, "h": 3_600, "min": 60, "s": 1}
    unit = next(unit for unit, size in units.items() if abs(seconds) >= 2 * size or unit == "s")
    return f"{round(abs(seconds) / units[unit])} {unit} {'ahead' if seconds < 0 else 'old'}"


def _ignored(members: dict[str, Any], value: WireType) -> Iterator[str]:
    """Name the members of a document that its type does not have: a misspelt optional one shows up here."""
    names = [dotted(path).removeprefix(".") for path in _paths_beside(members, value.to_dict())]
    if names:
        yield escaped_line(f"ignored: {', '.join(names)}")


def _paths_beside(given: Any, kept: Any, *path: str | int) -> Iterator[tuple[str | int, ...]]:
    if isinstance(given, dict):
        for name, member in given.items():
            if name in kept:
                yield from _paths_beside(member, kept[name], *path, name)
            else:
                yield (*path, name)
    if isinstance(given, list):
        for index, item in enumerate(given):
            yield from _paths_beside(item, kept[index], *path, index)


def _say(text: str) -> None:
    # Closed, standard error is None, for which print would take standard output.
    if sys.stderr:
        with contextlib.suppress(OSError):
            print(text, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
