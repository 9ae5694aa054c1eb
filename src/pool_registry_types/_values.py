"""What a valid value is.

A check takes a value and returns it as it is stored, or refuses it with a ValidationError. It does not know for which
field the value is; whoever calls it does, and puts the error in its place.

The checks run for every field of every heartbeat, so each meets the plain, valid value first. They ask for
``type(value)``, where ``isinstance`` would let a value, a mock say, answer for itself.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from types import UnionType
from typing import Any, Final, TypeAlias, TypeVar, get_args

from .errors import ValidationError, refusal
from .timestamps import utc

_T = TypeVar("_T")
Check: TypeAlias = Callable[[Any], _T]

_has_surrogate: Final = re.compile("[\ud800-\udfff]").search


def u64(value: Any) -> int:
    """Check an integer from 0 to 2^64-1, Rust's ``u64`` and ``usize``; an IntEnum becomes its int."""
    if type(value) is int and not value >> 64:
        return value
    if issubclass(type(value), int) and type(value) not in {int, bool}:
        return u64(int.__int__(value))
    raise refusal("u64", f"an integer from 0 to {2**64 - 1}", value)


def text(value: Any) -> str:
    """Check a string of Unicode scalar values, Rust's ``String``; a StrEnum becomes its str."""
    if type(value) is str and value.isascii():
        return value
    if not issubclass(type(value), str):
        raise refusal("text", "a string", value)
    if _has_surrogate(value):
        raise refusal("text", "a string without lone surrogates", value)
    return str.__str__(value)


def variant(variants: Mapping[str, _T], value: Any) -> _T:
    """Check the name of an enum's variant, which becomes its member."""
    if (type(value) is str or issubclass(type(value), str)) and (found := variants.get(value)) is not None:
        return found
    raise refusal("variant", f"one of {', '.join(variants)}", value)


def instance(cls: type[_T], value: Any) -> _T:
    """Check an instance of a class that has no subclasses."""
    if type(value) is cls:
        return value
    raise refusal(cls.__name__, f"a {cls.__name__}", value)


def optional(check: Check[_T], value: Any) -> _T | None:
    """Check a value that may be None."""
    return None if value is None else check(value)


def array(check: Check[_T], value: Any) -> tuple[_T, ...]:
    """Check a list or tuple, each item by the same check; it becomes a tuple."""
    if type(value) is not list and not issubclass(type(value), (list, tuple)):
        raise refusal("array", "an array", value)
    items: list[_T] = []
    try:
        for item in value:
            items.append(check(item))  # noqa: PERF401  its length is the index of the item that is refused
    except ValidationError as error:
        refused = error.within("array", len(items)).args
    else:
        return tuple(items)
    raise ValidationError(*refused)


def members_of(type_name: str, value: Any) -> dict[str, Any]:
    """Check a mapping, the members of an object; it becomes a dict."""
    if issubclass(type(value), Mapping):
        return dict(value)
    raise refusal(type_name, "an object", value)


def check_of(declared: Any) -> Check[Any]:
    """Return the check of a Python value for a field, by the type that the field is declared to have."""
    if arguments := get_args(declared):
        return partial(optional if isinstance(declared, UnionType) else array, check_of(arguments[0]))
    return _CHECKS.get(declared) or partial(instance, declared)


_CHECKS: Final[Mapping[Any, Check[Any]]] = {int: u64, str: text, datetime: utc}
