"""How an error shows values, paths and text: short, on one line, printable."""

import json
from datetime import datetime
from typing import Any, Final

_MAX_LINE: Final = 300
MAX_VALUE: Final = 60
_JSON_NAMES: Final[dict[type, str]] = {dict: "an object", list: "an array", tuple: "an array"}


def describe(value: Any) -> str:
    """Describe a value in JSON terms, in at most 61 characters."""
    kind = type(value)
    if kind is int and value.bit_length() > 3 * MAX_VALUE:  # may exceed Python's digit limit
        text = f"an integer of {value.bit_length()} bits"
    elif value is None or kind in {bool, int, float}:
        text = json.dumps(value)
    elif kind is str:
        text = repr(value[:MAX_VALUE])
    else:
        text = _JSON_NAMES.get(kind, kind.__name__)
    return text if len(text) <= MAX_VALUE else f"{text[:MAX_VALUE]}…"


def describe_datetime(value: Any) -> str:
    """Describe a value where a datetime is expected. A datetime is shown by its date and time."""
    if not issubclass(type(value), datetime):
        return describe(value)
    if value.tzinfo is None:
        return "a naive datetime"
    try:
        return datetime.isoformat(value)
    except Exception:  # noqa: BLE001  tzinfo may be user code; a description must not fail because of it
        return describe(value)


def format_path(path: tuple[str | int, ...]) -> str:
    """Write a path as Python would: ``.gpus[1].name``."""
    return "".join(f".{s}" if isinstance(s, str) and s.isidentifier() else f"[{describe(s)}]" for s in path)


def escaped_line(text: str) -> str:
    """Escape what is not printable, and truncate to 300 characters."""
    line = text[:_MAX_LINE]
    if not line.isprintable():
        line = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)
    return line if len(line) < _MAX_LINE else f"{line[: _MAX_LINE - 1]}…"
