"""Check messages at a shell: ``pool-registry-types [--json-lines] TYPE [FILE ...]``.

Valid messages go to standard output, in canonical form. Their status, or the reason for rejection, to standard error.
"""

import argparse
import io
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO, Final

from . import HealthState, HealthStatus, NodeInfo, PoolSnapshot, ValidationError, __version__
from ._describe import dotted, escaped_line
from ._ijson import parse
from ._wire import TYPES, WireType

_MAX_BYTES: Final = 64 * 2**20
_TOO_LONG: Final = f"more than {_MAX_BYTES >> 20} MiB"
_NO_MEMORY: Final = "not enough memory"
_BLANKS: Final = b" \t\r\n"


def main() -> int:
    """Check the files that the arguments name; return the exit status."""
    types = TYPES
    parser = argparse.ArgumentParser(
        prog="python -m pool_registry_types" if sys.argv[0].endswith("__main__.py") else "pool-registry-types",
        description="Check JSON messages, and print the valid ones in canonical form, one on each line.",
        epilog=f"TYPE is one of {', '.join(types)}. A message of {_TOO_LONG} is invalid. "
        "The exit status is 0 if all messages are valid, 1 if any is invalid or unreadable, and 2 for a usage error.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"pool-registry-types {__version__}")
    parser.add_argument("--json-lines", action="store_true", help="read a message from each line that is not blank")
    parser.add_argument("type", choices=types, metavar="TYPE", help="type of every message")
    parser.add_argument("files", nargs="*", default=["-"], metavar="FILE", help="default, or -: standard input")
    _behave_as_other_filters()
    arguments, status = argparse.Namespace(files=[]), 0
    # What cannot be written to sys.stdout or sys.stderr stays in its buffer, and makes Python exit with 120.
    with redirect_stdout(io.StringIO()) as answer, redirect_stderr(io.StringIO()) as complaint:
        try:
            arguments = parser.parse_intermixed_args()
        except SystemExit as end:
            status = int(end.code or 0)
    text = complaint.getvalue()
    for argument in sys.argv[1:]:
        text = text if argument.isprintable() else text.replace(argument, repr(argument))
    _say(text)
    if status:
        return status
    try:
        with open(1, "wb", closefd=False) as output:
            output.write(answer.getvalue().encode())
            valid = [_check(types[arguments.type], file, arguments.json_lines, output) for file in arguments.files]
    except OSError as error:
        _say(f"<stdout>: {error.strerror}\n")
        return 1
    return 0 if all(valid) else 1


def _behave_as_other_filters() -> None:
    # End by the signal when interrupted, unless a shell lets this ignore it, and when nobody reads the output.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "SIGPIPE"):  # pragma: no branch  Windows has none
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    # Another program may have left a stream non-blocking, and no read or write is to end early for that.
    for stream in range(3):
        with suppress(OSError, AttributeError):  # Windows has it from Python 3.12 on
            os.set_blocking(stream, True)


def _check(cls: type[WireType], file: str, lines: bool, output: BinaryIO) -> bool:
    """Check one file (one message, or one per line). Return True if all are valid."""
    name = "<stdin>" if file == "-" else file if file.isprintable() and file and ": " not in file else repr(file)
    valid = invalid = 0
    for number, message in enumerate(_read(file, lines), start=1):
        if isinstance(message, (OSError, MemoryError)):
            _say(f"{name}: {getattr(message, 'strerror', _NO_MEMORY)}\n")
            return False
        if lines and not message:
            continue
        try:
            members, value, line = _parse(cls, message)
        except ValidationError as error:
            invalid += 1
            _say(f"{name}:{number}: {error}\n" if lines else f"{name}: {error}{_hint(error, message)}\n")
        else:
            valid += 1
            output.write(line)
            output.flush()
            if not lines:
                _say(f"{name}: {'; '.join(['valid', *_remarks(value), *_unknown(members, value)])}\n")
    if lines:
        _say(f"{name}: {valid} valid, {invalid} invalid\n")
    return not invalid


def _read(file: str, lines: bool) -> Iterator[bytes | OSError | MemoryError]:
    """Yield a file's messages, the start of one that is too long, and read errors, to tell them from write errors."""
    try:
        with open(0 if file == "-" else file, "rb", closefd=file != "-") as stream:
            if not lines:
                yield stream.read(_MAX_BYTES + 1)
                return
            while line := stream.readline(_MAX_BYTES + 1):
                yield line if len(line) > _MAX_BYTES else line.rstrip(_BLANKS)
                while len(line) > _MAX_BYTES and not line.endswith(b"\n"):
                    line = stream.readline(_MAX_BYTES + 1)
    except (OSError, MemoryError) as error:
        yield error


def _parse(cls: type[WireType], message: bytes) -> tuple[dict[str, Any], WireType, bytes]:
    if len(message) > _MAX_BYTES:
        raise ValidationError(cls.__name__, (), _TOO_LONG)
    try:
        members = parse(message, cls.__name__)
        value = cls.from_dict(members)
        return members, value, f"{value.to_json()}\n".encode()
    except MemoryError:
        raise ValidationError(cls.__name__, (), _NO_MEMORY) from None


def _hint(error: ValidationError, message: bytes) -> str:
    """Name the option that would read several messages."""
    if error.reason.startswith("not I-JSON: Extra data"):
        with suppress(ValidationError):
            parse(message.lstrip(_BLANKS).partition(b"\n")[0], "")
            return "; for a message on each line, use --json-lines"
    return ""


def _remarks(value: WireType) -> Iterator[str]:
    """Describe whether the value is available now, and why not."""
    now = datetime.now(UTC)
    match value:
        case NodeInfo():
            online = value.is_online(now=now)
            yield f"{'online' if online else 'offline'} (last heartbeat {_age(now - value.last_heartbeat)})"
            yield "available" if value.is_available(now=now) else f"not available{': no pools' * online}"
        case PoolSnapshot(health=health) | (HealthStatus() as health):
            yield f"checked {_age(now - health.last_check)}"
            why_not = "no free slot" if health.state is HealthState.READY else f"state is {health.state}"
            yield "available" if health.is_available() else f"not available: {why_not}"


def _age(age: timedelta) -> str:
    seconds = round(age.total_seconds())
    units = {"d": 86_400, "h": 3_600, "min": 60, "s": 1}
    unit = next(unit for unit, size in units.items() if abs(seconds) >= 2 * size or unit == "s")
    return f"{round(abs(seconds) / units[unit])} {unit} {'in the future' if seconds < 0 else 'ago'}"


def _unknown(members: dict[str, Any], value: WireType) -> Iterator[str]:
    """List unknown fields, such as a misspelled optional one."""
    names = [dotted(path).removeprefix(".") for path in _paths_beside(members, value.to_dict())]
    if names:
        yield escaped_line(f"unknown fields: {', '.join(names)}")


def _paths_beside(given: Any, kept: Any, *path: str | int) -> Iterator[tuple[str | int, ...]]:
    is_array = isinstance(given, list)
    for step, item in enumerate(given) if is_array else given.items() if isinstance(given, dict) else ():
        if is_array or step in kept:
            yield from _paths_beside(item, kept[step], *path, step)
        else:
            yield (*path, step)


def _say(text: str) -> None:
    with suppress(OSError):
        os.write(2, text.encode("utf-8", "backslashreplace"))


if __name__ == "__main__":
    sys.exit(main())
