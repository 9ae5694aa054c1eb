"""The wire: what a valid value is, and how one is read and written.

A ``read_`` function takes one member of an object, checks it, and sets it on the instance being read. The constructor
hands its own arguments to the same functions, so there is one statement of what is valid. A ``_check_`` function stands
in for the constructor only where a Python value is not its own wire form: datetimes, enums and nested types.

The readers run for every field of every heartbeat, so each meets the plain, valid value first. They ask for
``type(value)``, where ``isinstance`` would let a value, a mock say, answer for itself.
"""

import contextlib
import functools
import json
import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, Self, TypeAlias, get_args, get_origin

from .errors import ValidationError

_U64_MAX: Final = 2**64 - 1
_MISSING: Final = object()

# Bound before a test freezes the clock: freezegun replaces the class wherever it finds it, and its dates are not ours.
_combine: Final = datetime.combine
_fromisoformat: Final = datetime.fromisoformat

new: Final = object.__new__  # runs no constructor: the readers have checked


class WireType(ABC):
    """What every type on the wire has: a constructor that checks, and JSON text on top of its dict form."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for slot, check in _checks(type(self)):
            name, _ = slot
            check(self, {name: getattr(self, name)}, slot)  # a member like any other, so that a reader can check it

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return a new dict of plain JSON values (dict, list, str, int, None), in wire order."""

    @classmethod
    @abstractmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read a mapping of plain JSON values, ignoring members that the type does not have.

        Raises:
            ValidationError: A required member is missing, or a member is not what its field allows.
        """

    def to_json(self) -> str:
        """Return the compact JSON text, byte for byte as serde_json writes it."""
        return _ENCODER.encode(self.to_dict())

    @classmethod
    def from_json(cls, document: str | bytes | bytearray) -> Self:
        """Read I-JSON text (RFC 7493): UTF-8 without a byte-order mark, no member twice in an object.

        Raises:
            ValidationError: The document is not I-JSON, or says what ``from_dict`` refuses.
        """
        try:
            data = _DECODER.decode(document if type(document) is str else _plain_text(document))
        except (TypeError, ValueError, RecursionError) as error:
            raise ValidationError(cls.__name__, (), f"not I-JSON: {error}") from None
        return cls.from_dict(data)


Slot: TypeAlias = tuple[str, Callable[[WireType, Any], None]]
"""A field of a frozen class: its name, and what sets it on an instance past the frozen ``__setattr__``."""


class _Slots:
    """The slots of a class as attributes; those of a plain class's instance are the fastest to read."""


def slots_of(cls: type[WireType]) -> Any:
    """Return the slots of a wire type, each as the attribute of its name."""
    slots = _Slots()
    for field in fields(cls):  # type: ignore[arg-type]
        setattr(slots, field.name, (field.name, getattr(cls, field.name).__set__))
    return slots


# Reading: each function sets one slot of an instance from the member of the slot's name.


def members_of(cls: type[WireType], data: Any) -> dict[str, Any]:
    """Return the members of what is no plain dict, but may be another mapping."""
    with contextlib.suppress(Exception):  # foreign code may raise anything, and who calls this catches one thing
        if issubclass(type(data), Mapping):
            return dict(data)
    raise _refused(cls, (), data, "an object")


def read_u64(instance: WireType, members: dict[str, Any], slot: Slot, optional: bool = False) -> None:
    """Set an integer from 0 to 2^64-1, Rust's ``u64`` and ``usize``."""
    name, put = slot
    value = members.get(name, _MISSING)
    if type(value) is int and 0 <= value <= _U64_MAX:
        put(instance, value)
    elif optional and (value is None or value is _MISSING):
        put(instance, None)
    elif issubclass(type(value), int) and type(value) is not int and type(value) is not bool:
        read_u64(instance, {name: int.__int__(value)}, slot)  # an IntEnum is stored as its int
    else:
        raise _refused(type(instance), (name,), value, f"an integer from 0 to {_U64_MAX}")


def read_text(instance: WireType, members: dict[str, Any], slot: Slot, optional: bool = False) -> None:
    """Set a string of Unicode scalar values, Rust's ``String``."""
    name, put = slot
    value = members.get(name, _MISSING)
    if type(value) is str and value.isascii():
        put(instance, value)
    elif optional and (value is None or value is _MISSING):
        put(instance, None)
    else:
        put(instance, _text(type(instance), (name,), value))


def read_texts(instance: WireType, members: dict[str, Any], slot: Slot) -> None:
    """Set a tuple of strings of Unicode scalar values."""
    name, put = slot
    value = members.get(name, _MISSING)
    items = tuple(value) if type(value) is list else _array(type(instance), name, value)
    for item in items:
        if type(item) is not str or not item.isascii():
            items = tuple([_text(type(instance), (name, index), item) for index, item in enumerate(items)])
            break
    put(instance, items)


def read_timestamp(instance: WireType, members: dict[str, Any], slot: Slot) -> None:
    """Set a datetime in UTC from an ISO 8601 text with an offset."""
    name, put = slot
    value = members.get(name, _MISSING)
    # What chrono writes, in as far as fromisoformat does not see to it itself.
    if (
        type(value) is str
        and (len(value) in {20, 24, 27} or _has_nanoseconds(value))
        and value[10] == "T"
        and value[16] == ":"
        and value[19] in ".Z"
        and value[-1] == "Z"
    ):
        try:
            put(instance, _fromisoformat(value))
        except ValueError:
            pass  # perhaps a leap second or 24:00
        else:
            return
    try:
        put(instance, _isoparse(value))
    except (TypeError, ValueError, OverflowError):
        expected = "an ISO 8601 timestamp with an offset, in years 1 to 9999 UTC"
        raise _refused(type(instance), (name,), value, expected) from None


def read_variant(instance: WireType, members: dict[str, Any], slot: Slot, variants: Mapping[str, StrEnum]) -> None:
    """Set a member of an enum from its exact name on the wire."""
    name, put = slot
    value = members.get(name, _MISSING)
    try:
        put(instance, variants[value])
    except Exception:  # noqa: BLE001  foreign code may raise anything: here the value's hash
        raise _refused(type(instance), (name,), value, f"one of {', '.join(variants)}") from None


def read_struct(instance: WireType, members: dict[str, Any], slot: Slot, cls: type[WireType]) -> None:
    """Set an instance of another wire type."""
    name, put = slot
    try:
        put(instance, cls.from_dict(members.get(name, _MISSING)))
    except ValidationError as error:
        raise _within(type(instance), (name,), error) from None


def read_structs(instance: WireType, members: dict[str, Any], slot: Slot, cls: type[WireType]) -> None:
    """Set a tuple of instances of another wire type."""
    name, put = slot
    value = members.get(name, _MISSING)
    items = value if type(value) is list else _array(type(instance), name, value)
    read = cls.from_dict
    structs: list[WireType] = []
    try:
        for item in items:
            structs.append(read(item))  # noqa: PERF401  its length is the index of the item that fails
    except ValidationError as error:
        raise _within(type(instance), (name, len(structs)), error) from None
    put(instance, tuple(structs))


def _array(cls: type[WireType], name: str, value: Any) -> tuple[Any, ...]:
    with contextlib.suppress(Exception):  # foreign code again
        if issubclass(type(value), (list, tuple)):
            return tuple(value)
    raise _refused(cls, (name,), value, "an array")


def _text(cls: type[WireType], path: tuple[str | int, ...], value: Any) -> str:
    if not issubclass(type(value), str):
        raise _refused(cls, path, value, "a string")
    try:
        str.encode(value)
    except UnicodeEncodeError:
        raise _refused(cls, path, value, "a string without lone surrogates") from None
    return str.__str__(value)  # a StrEnum is stored as its str


# Constructing: the same for the fields whose Python value is not its own wire form.


def _check_datetime(instance: WireType, arguments: dict[str, Any], slot: Slot) -> None:
    name, put = slot
    value = arguments[name]
    try:
        put(instance, _utc(value))
    except Exception:  # noqa: BLE001  foreign code may raise anything: here the tzinfo
        raise _refused(type(instance), (name,), value, "an aware datetime in years 1 to 9999 UTC") from None


def _check_instance(instance: WireType, arguments: dict[str, Any], slot: Slot, *, cls: type) -> None:
    name, _ = slot
    _refuse_other_class(type(instance), (name,), arguments[name], cls)


def _check_instances(instance: WireType, arguments: dict[str, Any], slot: Slot, *, cls: type) -> None:
    name, put = slot
    items = _array(type(instance), name, arguments[name])
    for index, item in enumerate(items):
        _refuse_other_class(type(instance), (name, index), item, cls)
    put(instance, items)


def _refuse_other_class(owner: type[WireType], path: tuple[str | int, ...], value: object, cls: type) -> None:
    if type(value) is not cls:
        raise _refused(owner, path, value, f"a {cls.__name__}")


_Check: TypeAlias = Callable[[WireType, dict[str, Any], Slot], None]

_CHECK_BY_TYPE: Final[Mapping[Any, _Check]] = {
    int: read_u64,
    int | None: functools.partial(read_u64, optional=True),
    str: read_text,
    str | None: functools.partial(read_text, optional=True),
    tuple[str, ...]: read_texts,
    datetime: _check_datetime,
}


@functools.cache
def _checks(cls: type[WireType]) -> list[tuple[Slot, _Check]]:
    """Return the slots of a wire type, each with what checks an argument of its field's declared type."""
    slots = slots_of(cls)
    return [(getattr(slots, field.name), _check_for(field.type)) for field in fields(cls)]  # type: ignore[arg-type]


def _check_for(annotation: Any) -> _Check:
    if annotation in _CHECK_BY_TYPE:
        return _CHECK_BY_TYPE[annotation]
    if get_origin(annotation) is tuple:
        return functools.partial(_check_instances, cls=get_args(annotation)[0])
    return functools.partial(_check_instance, cls=annotation)


# Timestamps.

_has_nanoseconds: Final = re.compile(r".{19}\.\d{9}Z", re.ASCII).fullmatch

# ISO 8601 with an offset, on a calendar, ordinal or week date: isoparse would let signs, blanks and any separator pass.
# A fraction of more digits is an attack and no clock's.
_ISO_8601: Final = re.compile(
    r"""( \d{4}-\d{2}-\d{2} | \d{8} | \d{4}-?\d{3} | \d{4}-W\d{2}-\d | \d{4}W\d{3} )
        [Tt\ ]
        ( \d{2} (?: :?\d{2} )? ) ( :?\d{2} )?
        ( (?: [.,]\d{1,1000} )? (?: [Zz] | [+-]\d{2} (?: :?\d{2} )? ) )""",
    re.ASCII | re.VERBOSE,
)


def _isoparse(text: str) -> datetime:
    match = _ISO_8601.fullmatch(text)
    if match is None:
        raise ValueError(text)
    from dateutil.parser import isoparse  # noqa: PLC0415  as slow to import as the rest, and seldom needed

    date, minute, second, rest = match.groups("")
    if "W" in date:
        _fromisoformat(date)  # to isoparse every year has a week 53
    leap = second[-2:] == "60"
    moment = _utc(isoparse(f"{date}T{minute}{second[:-2]}59{rest}" if leap else f"{date}T{minute}{second}{rest}"))
    if not leap:
        return moment
    if (moment.hour, moment.minute) != (23, 59):
        raise ValueError(text)
    return moment.replace(microsecond=999_999)


def _utc(moment: datetime) -> datetime:
    if not isinstance(moment, datetime) or moment.utcoffset() is None:
        raise ValueError(moment)
    utc = moment.astimezone(UTC)
    return _combine(utc.date(), utc.time().replace(fold=0), UTC)


def write_timestamp(moment: datetime) -> str:
    """Return a UTC datetime as chrono writes it: RFC 3339 with Z, and 0, 3 or 6 fraction digits."""
    # In half the time of isoformat() of an aware datetime. A time without a fraction has no three zeros at its end.
    clock = moment.time().isoformat().removesuffix("000")
    return f"{moment.date().isoformat()}T{clock}Z"


# JSON text.


def _plain_text(document: Any) -> str:
    kind = type(document)
    if issubclass(kind, (bytes, bytearray)):
        return str(document, "utf-8")
    if issubclass(kind, str):
        return str.__str__(document)
    raise TypeError(f"expected str, bytes or bytearray, got {_shown(document)}")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    [(name, _)] = Counter(name for name, _ in pairs).most_common(1)
    raise ValueError(f"duplicate member {_shown(name)}")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON value")


# Kept: json.loads and json.dumps build one in every call that has an option.
_DECODER: Final = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant)
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))


# Errors.

_SHOWN: Final = 60  # characters of a refused value


def _refused(cls: type[WireType], path: tuple[str | int, ...], value: object, expected: str) -> ValidationError:
    reason = "missing" if value is _MISSING else f"expected {expected}, got {_shown(value)}"
    return ValidationError(cls.__name__, path, reason)


def _within(cls: type[WireType], path: tuple[str | int, ...], error: ValidationError) -> ValidationError:
    return ValidationError(cls.__name__, path + error.path, error.reason)


def _shown(value: Any) -> str:
    """Say what a value is: in JSON's terms, in few printable characters, without running its code."""
    kind = type(value)
    if kind is int and value.bit_length() > 3 * _SHOWN:  # more digits than are shown, and perhaps than Python writes
        text = f"an integer of {value.bit_length()} bits"
    elif value is None or kind is bool or kind is int or kind is float:
        text = json.dumps(value)
    elif kind is str:
        text = repr(value[:_SHOWN])
    elif kind is dict:
        text = "an object"
    elif kind is list or kind is tuple:
        text = "an array"
    elif kind is datetime and value.tzinfo is None:
        text = "a naive datetime"
    else:
        text = repr(type.__dict__["__name__"].__get__(kind))[1:-1]  # kind.__name__ may be its metaclass's code
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
