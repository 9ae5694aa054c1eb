"""Checks for field values.

A check takes a value and returns it in the form that is stored, or raises a ValidationError. It knows neither the type
nor the field: the reader and the constructor add both, with ``prefix_path``, when they catch the error.

The checks run for every field of every heartbeat, so each tries the plain, valid value first. They look at
``type(value)``, because ``isinstance`` believes ``value.__class__``, which a mock can set to anything.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, TypeAlias, TypeVar

from ._describe import describe
from ._ijson import has_surrogate
from .errors import ValidationError

_T = TypeVar("_T")
Check: TypeAlias = Callable[[Any], _T]


def u64(value: Any) -> int:
    """Check an integer from 0 to 2^64-1, Rust's ``u64`` and ``usize``; an IntEnum becomes a plain int."""
    if type(value) is int and not value >> 64:
        return value
    if issubclass(type(value), int) and type(value) not in {int, bool}:
        return u64(int.__int__(value))
    raise _mismatch(f"an integer from 0 to {2**64 - 1}", value)


def text(value: Any) -> str:
    """Check a string of Unicode scalar values, Rust's ``String``; a StrEnum becomes a plain str."""
    if type(value) is str and value.isascii():
        return value
    if not issubclass(type(value), str):
        raise _mismatch("a string", value)
    if has_surrogate(value):
        raise _mismatch("a string without lone surrogates", value)
    return str.__str__(value)


def enum_member(members: Mapping[str, _T], value: Any) -> _T:
    """Check the JSON string of an enum member; return the member."""
    if (type(value) is str or issubclass(type(value), str)) and (found := members.get(value)) is not None:
        return found
    raise _mismatch(f"one of {', '.join(members)}", value)


def instance_of(cls: type[_T], value: Any) -> _T:
    """Check an instance of a final class. For a string that equals an enum member, the error suggests the member."""
    if type(value) is cls:
        return value
    expected = f"a {cls.__name__}"
    if issubclass(cls, StrEnum) and issubclass(type(value), str):
        expected += "".join(f" such as {cls.__name__}.{member.name}" for member in cls if member == value)
    raise _mismatch(expected, value)


def optional(check: Check[_T], value: Any) -> _T | None:
    """Check a value that may be None."""
    return None if value is None else check(value)


def array(check: Check[_T], value: Any) -> tuple[_T, ...]:
    """Check a list or tuple and each of its items; return a tuple."""
    if type(value) is not list and not issubclass(type(value), (list, tuple)):
        raise _mismatch("an array", value)
    items: list[_T] = []
    try:
        for item in value:
            items.append(check(item))  # noqa: PERF401  len(items) is the index of the rejected item
    except ValidationError as error:
        error.path = (len(items), *error.path)  # whoever catches it calls prefix_path, which also updates error.args
        raise
    return tuple(items)


def as_dict(type_name: str, value: Any) -> dict[str, Any]:
    """Check that a value is a mapping, and return it as a dict."""
    if issubclass(type(value), Mapping):
        return dict(value)
    raise _mismatch("an object", value, type_name)


def prefix_path(error: ValidationError, type_name: str, field: str) -> None:
    """Prefix the path of an error with a field, and set the type that the path starts from."""
    error.type_name, error.path = type_name, (field, *error.path)
    error.args = (type_name, error.path, error.reason)


def _mismatch(expected: str, value: object, type_name: str = "") -> ValidationError:
    return ValidationError(type_name, (), f"expected {expected}, got {describe(value)}")
