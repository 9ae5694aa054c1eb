"""Check documents at a shell: ``python -m pool_registry_types TYPE [FILE ...]``.

A valid document goes to standard output in canonical wire form, on one line. What it says of itself now, or why it is
refused, goes to standard error.
"""

import argparse
import sys
from datetime import UTC, datetime
from typing import Final

from . import (
    GpuCapabilities,
    GpuInfo,
    HealthState,
    HealthStatus,
    NodeCapabilities,
    NodeInfo,
    PoolMetadata,
    PoolSnapshot,
)
from ._wire import WireType

_TYPES: Final[dict[str, type[WireType]]] = {
    cls.__name__: cls
    for cls in (GpuInfo, GpuCapabilities, NodeCapabilities, NodeInfo, HealthStatus, PoolSnapshot, PoolMetadata)
}


def _main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m pool_registry_types",
        description="Check JSON documents, and print the valid ones in canonical wire form.",
        epilog="The exit status is 0 if all documents are valid, 1 if any is not, and 2 if the arguments are wrong.",
    )
    parser.add_argument("type", choices=_TYPES, help="what each document is to be")
    parser.add_argument("files", nargs="*", default=["-"], metavar="FILE", help="standard input when absent or -")
    arguments = parser.parse_args()
    try:
        valid = [_check(_TYPES[arguments.type], file) for file in arguments.files]
    except BrokenPipeError:
        return 1
    except OSError as error:
        _say(f"<stdout>: {error.strerror}")
        return 1
    return 0 if all(valid) else 1


def _check(cls: type[WireType], file: str) -> bool:
    """Print a document, and on standard error what there is to say of it; return whether it is valid."""
    name = "<stdin>" if file == "-" else file
    try:
        with open(0 if file == "-" else file, "rb", closefd=file != "-") as stream:
            document = cls.from_json(stream.read())
    except OSError as error:
        _say(f"{name}: {error.strerror}")
        return False
    except ValueError as error:
        _say(f"{name}: {error}")
        return False
    with open(1, "wb", closefd=False) as stream:
        stream.write(f"{document.to_json()}\n".encode())
    _say(f"{name}: valid{_remarks(document)}")
    return True


def _say(text: str) -> None:
    if sys.stderr:  # closed, it is None, in place of which print would take standard output
        print(text, file=sys.stderr)


def _remarks(document: WireType) -> str:
    """Say what the predicates of a document say now, and why."""
    match document:
        case NodeInfo():
            now = datetime.now(UTC)
            seconds = round((now - document.last_heartbeat).total_seconds())
            age = f"heartbeat {seconds} s old" if seconds >= 0 else f"heartbeat {-seconds} s ahead"
            if not document.is_online(now=now):
                return f"; offline, {age}; not available: offline"
            return f"; online, {age}; {'available' if document.is_available(now=now) else 'not available: no pools'}"
        case PoolSnapshot(health=health) | (HealthStatus() as health):
            if health.is_available():
                return "; available"
            ready = health.state is HealthState.READY
            return f"; not available: {'no free slot' if ready else f'state is {health.state}'}"
        case _:
            return ""


if __name__ == "__main__":
    sys.exit(_main())
