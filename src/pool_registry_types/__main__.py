"""Check messages from a shell: ``pool-registry-types [--json-lines] TYPE [FILE ...]``.

Valid messages go to standard output as compact JSON. Remarks on them, and on rejected ones, go to standard error.
"""

import argparse
import errno
import io
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NoReturn

from . import HealthState, HealthStatus, NodeInfo, PoolSnapshot, ValidationError, __version__
from ._describe import escaped_line, format_path
from ._ijson import parse
from ._wire import TYPES, WireType

_MAX_BYTES: Final = 64 * 2**20
_MAX_NAMES: Final = 100  # more than fit: escaped_line cuts the list of names to 300 characters
_TOO_LONG: Final = f"more than {_MAX_BYTES >> 20} MiB"
_NO_MEMORY: Final = "not enough memory"
_WHITESPACE: Final = b" \t\r\n"


def main() -> NoReturn:
    """Check the files that the arguments name, and exit."""
    parser = _Parser(
        prog="python -m pool_registry_types" if sys.argv[0].endswith("__main__.py") else "pool-registry-types",
        description="Check JSON messages. Print the valid ones as compact JSON, one per line.",
        epilog=f"TYPE is one of {', '.join(TYPES)}. Messages of {_TOO_LONG} are rejected. "
        "Remarks, such as errors and unknown fields, go to standard error. "
        "The exit status is 0 if all messages are valid, 1 if any is invalid or unreadable, and 2 for a usage error.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"pool-registry-types {__version__}")
    parser.add_argument("--json-lines", action="store_true", help="treat each line that is not blank as a message")
    parser.add_argument("type", choices=TYPES, metavar="TYPE", help="type of every message")
    parser.add_argument(
        "files", nargs="*", default=["-"], metavar="FILE", help="file to check; standard input if omitted or -"
    )
    _behave_like_a_filter()
    with redirect_stdout(io.StringIO()) as page:
        try:
            arguments = parser.parse_intermixed_args()
        finally:
            _write(page.getvalue(), 1)
    valid = [_check(TYPES[arguments.type], file, arguments.json_lines) for file in arguments.files]
    sys.exit(0 if all(valid) else 1)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        _write(f"{self.format_usage()}{self.prog}: error: {escaped_line(message)}\n")
        sys.exit(2)


def _behave_like_a_filter() -> None:
    # Let SIGPIPE and SIGINT terminate the process, unless a shell told it to ignore SIGINT.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "SIGPIPE"):  # pragma: no branch  Windows has none
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    # Another program may have left a stream non-blocking, so that a read or write could stop early.
    for stream in range(3):
        with suppress(OSError, AttributeError):  # Windows has os.set_blocking from Python 3.12 on
            os.set_blocking(stream, True)


def _check(cls: type[WireType], file: str, lines: bool) -> bool:
    """Check one file. Return True if it is readable and all its messages are valid."""
    name = "<stdin>" if file == "-" else file if file.isprintable() and file and ": " not in file else repr(file)
    if file == "-" and sys.stdin is None:  # it was closed at the start, and descriptor 0 may be another file by now
        _write(f"{name}: {os.strerror(errno.EBADF)}\n")
        return False
    try:
        with open(0 if file == "-" else file, "rb", closefd=file != "-") as stream:
            return (_check_lines if lines else _check_message)(cls, name, stream)
    except (OSError, MemoryError) as error:
        _write(f"{name}: {getattr(error, 'strerror', _NO_MEMORY)}\n")
        return False


def _check_message(cls: type[WireType], name: str, stream: io.BufferedReader) -> bool:
    message, unknown = bytearray(), dict[str, None]()
    while len(message) <= _MAX_BYTES + 2 and (piece := stream.read1(2**16)):
        message += piece
    try:
        value = _relay(cls, message, unknown)
    except ValidationError as error:
        is_log = error.reason.startswith("not I-JSON: Extra data: line 2 ")
        _write(f"{name}: {error}{'; for a message on each line, use --json-lines' * is_log}\n")
        return False
    _write(f"{name}: {'; '.join(['valid', *_status(value)])}{_listed(unknown)}\n")
    return True


def _check_lines(cls: type[WireType], name: str, stream: io.BufferedReader) -> bool:
    number = valid = invalid = 0
    unknown = dict[str, None]()
    while line := stream.readline(_MAX_BYTES + 3):
        number += 1
        try:
            if len(line) > _MAX_BYTES + 2 or line.strip(_WHITESPACE):
                _relay(cls, line, unknown)
                valid += 1
        except (ValidationError, MemoryError) as error:
            is_indented = line.strip(_WHITESPACE) == b"{" and not valid + invalid
            hint = "; for one message in the whole file, leave out --json-lines" * is_indented
            _write(f"{name}:{number}: {str(error) or _NO_MEMORY}{hint}\n")
            invalid += 1
        while line and not line.endswith(b"\n"):  # skip the rest of a line that is too long
            line = stream.readline(2**16)
    nothing = "" if valid or invalid else "; no messages"
    _write(f"{name}: {valid} valid, {invalid} invalid{nothing}{_listed(unknown)}\n")
    return not invalid


def _relay(cls: type[WireType], message: bytes | bytearray, unknown: dict[str, None]) -> WireType:
    """Print a message if it is valid, and note its unknown fields, such as a misspelled optional one."""
    # The line break at the end does not count. If a message exceeds the limit by more than a line break, it may have
    # been read only in part.
    if len(message) > _MAX_BYTES + 2 or len(message := message.rstrip(_WHITESPACE)) > _MAX_BYTES:
        raise ValidationError(cls.__name__, (), _TOO_LONG)
    data = parse(message, cls.__name__)
    value = cls.from_dict(data)
    paths = _unknown_paths(data, value.to_dict())
    while len(unknown) < _MAX_NAMES and (path := next(paths, None)):
        unknown[escaped_line(format_path(path).removeprefix("."))] = None
    _write(f"{value.to_json()}\n", 1)  # last, because all of the above may run out of memory
    return value


def _unknown_paths(given: Any, kept: Any, *path: str | int) -> Iterator[tuple[str | int, ...]]:
    for step, item in given.items() if isinstance(given, dict) else enumerate(given):
        if isinstance(given, dict) and step not in kept:
            yield (*path, step)
        elif isinstance(item, (dict, list)):
            yield from _unknown_paths(item, kept[step], *path, step)


def _status(value: WireType) -> Iterator[str]:
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


def _listed(unknown: dict[str, None]) -> str:
    return "; " + escaped_line(f"unknown fields: {', '.join(unknown)}") if unknown else ""


def _write(text: str, stream: int = 2) -> None:
    # print is not used: if Python cannot flush a buffer when it exits, its exit status is 120.
    data = memoryview(text.encode())
    try:
        while data:
            data = data[os.write(stream, data) :]
    except OSError as error:
        if stream == 1:
            _write(f"<stdout>: {error.strerror}\n")
            sys.exit(1)


if __name__ == "__main__":
    main()
