"""The one exception of the package, and how it shows the value that it refuses."""

import json
from datetime import datetime
from typing import Any, Final

_MOST: Final = 300
_MOST_SHOWN: Final = 60


class ValidationError(ValueError):
    """A value or a document that the wire does not allow.

    The text names the type, the path and the reason, on one line of at most 300 printable characters::

        NodeInfo.capabilities.gpus[1].vram_total_mb: expected an integer from 0 to 18446744073709551615, got -1

    Attributes:
        type_name: The type that was being read or constructed, ``"NodeInfo"``.
        path: The member names and array indexes that lead to the value from there,
            ``("capabilities", "gpus", 1, "vram_total_mb")``; ``()`` for the whole document.
        reason: What was expected and what was found; ``"missing"`` for an absent member.
    """

    def __init__(self, type_name: str, path: tuple[str | int, ...], reason: str) -> None:
        super().__init__(type_name, path, reason)  # all three, so that pickle and copy can rebuild the error
        self.type_name = type_name
        self.path = path
        self.reason: str = one_line(reason)

    def __str__(self) -> str:
        return one_line(f"{self.type_name}{dotted(self.path)}: {self.reason}")

    def within(self, type_name: str, *steps: str | int) -> "ValidationError":
        """Return the same error as seen from a document that contains this one.

        Args:
            type_name: The type of the containing document, ``"Heartbeat"``.
            steps: The member names and array indexes that lead from there to this document, ``"pools", 3``.
        """
        return ValidationError(type_name, (*steps, *self.path), self.reason)


def refusal(type_name: str, expected: str, value: object) -> ValidationError:
    """Return the error for a value that is not what its type expects."""
    return ValidationError(type_name, (), f"expected {expected}, got {shown(value)}")


def shown(value: Any) -> str:
    """Say what a value is: in the terms of JSON, in at most 61 characters."""
    kind = type(value)
    if kind is int and value.bit_length() > 3 * _MOST_SHOWN:  # perhaps more digits than Python writes
        text = f"an integer of {value.bit_length()} bits"
    elif value is None or kind in {bool, int, float}:
        text = json.dumps(value)
    elif kind is str:
        text = repr(value[:_MOST_SHOWN])
    elif issubclass(kind, datetime) and value.tzinfo is None:
        text = "a naive datetime"
    else:
        names: dict[type, str] = {dict: "an object", list: "an array", tuple: "an array"}
        text = names.get(kind, kind.__name__)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


def dotted(path: tuple[str | int, ...]) -> str:
    """Write a path as Python would: ``.gpus[1].name``."""
    return "".join(f"[{shown(step)}]" if isinstance(step, int) else f".{step}" for step in path)


def one_line(text: str) -> str:
    """Escape what is not printable, and cut what is past 300 characters."""
    line = text[:_MOST]
    if not line.isprintable():
        line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
    return line if len(line) < _MOST else f"{line[: _MOST - 1]}…"
