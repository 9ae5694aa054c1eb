"""Base class of all message types.

A type's reader applies a check of ``_checks`` to each value, a line for each field. The constructor applies the check
that the annotation of each field bears. A check knows only the value: both add the type and the field to its error.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any, Final, Self, cast

from ._annotations import check_of
from ._checks import Check, mapping, place
from ._ijson import parse, write
from .errors import ValidationError

# Changing the class of an object stops all threads of an interpreter without a GIL.
_HAS_GIL: Final[bool] = getattr(sys, "_is_gil_enabled", lambda: True)()


class _ClassProperty:
    def __init__(self, get: Callable[[Any], Any]) -> None:
        self._get = get

    def __get__(self, _: object, cls: type[Any]) -> Any:
        return self._get(cls)


class WireType:
    """Validating constructor, from_dict and to_dict, and JSON on top."""

    __slots__ = ("__weakref__",)

    # Set per type; unannotated, so that get_type_hints omits them.
    _checks = cast("Mapping[str, Check[Any]]", None)
    _draft = cast("type[Any]", None)

    def __init_subclass__(cls) -> None:
        for base in cls.__mro__[1:]:
            if "__dataclass_fields__" in vars(base):
                raise TypeError(f"{base.__name__} is final: to add to it, hold it in a message of your own")
        cls.__setstate__ = WireType.__setstate__  # type: ignore[method-assign]  # or dataclass adds its own
        # slots=True creates the class twice; only the second has fields.
        if "__dataclass_fields__" in vars(cls):
            cls._checks = {field.name: check_of(field.type) for field in fields(cls)}  # type: ignore[arg-type]
            # Has the same slots, but is not frozen: a reader fills a draft, which then becomes a value.
            cls._draft = type(f"{cls.__name__}Draft", (WireType,), {"__slots__": vars(cls)["__slots__"]})

    def __post_init__(self) -> None:
        name = ""
        try:
            for name, check in self._checks.items():
                given = getattr(self, name)
                stored = check(given)
                if stored is not given:
                    object.__setattr__(self, name, stored)
        except ValidationError as error:
            place(error, type(self).__name__, name)
            raise

    def to_dict(self) -> dict[str, Any]:
        """Return a new dict of plain JSON values (dict, list, str, int, None), in field order."""
        raise NotImplementedError

    @staticmethod
    def _read(draft: Any, members: dict[str, Any]) -> None:
        """Set each field of a draft to its checked value, in field order."""
        raise NotImplementedError

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read a mapping of plain JSON values, ignoring unknown fields.

        Raises:
            ValidationError: If a required field is missing, or a value is not valid for its field.
        """
        members = data if type(data) is dict else mapping(cls.__name__, data)
        draft: Any = cls._draft()
        try:
            cls._read(draft, members)
        except ValidationError as error:
            place(error, cls.__name__, _field_being_read(draft))
            raise
        except KeyError as error:
            # That of members[...] comes from the reader itself. One from further down is a mapping's own.
            if error.__traceback__.tb_next.tb_next:  # type: ignore[union-attr]
                raise
        else:
            if _HAS_GIL:
                draft.__class__ = cls
                value: Self = draft
                return value
            return cls(**{name: getattr(draft, name) for name in cls._checks})
        raise ValidationError(cls.__name__, (_field_being_read(draft),), "missing")

    def to_json(self) -> str:
        """Return the compact JSON text, byte for byte as serde_json writes it."""
        return write(self.to_dict())

    @classmethod
    def from_json(cls, document: str | bytes | bytearray) -> Self:
        """Read I-JSON text (RFC 7493): UTF-8 without a byte-order mark, no duplicate name in an object.

        Raises:
            ValidationError: If the message is not I-JSON, or ``from_dict`` rejects it.
        """
        return cls.from_dict(parse(document, cls.__name__))

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self).__name__, {name: getattr(self, name) for name in self._checks})

    def __setstate__(self, state: object) -> None:
        """Reject a pickle with fields by position, as 0.2.0 wrote it: another version may have others there."""
        raise ValidationError(type(self).__name__, (), "expected a pickle with fields by name")

    @_ClassProperty
    def __pydantic_serializer__(cls: Any) -> Any:  # noqa: N805
        # pydantic looks for this where it infers how to write a value. Whoever else looks is not to import pydantic.
        if "pydantic_core" not in sys.modules:
            raise AttributeError("__pydantic_serializer__")
        from ._pydantic import serializer_of  # noqa: PLC0415

        return serializer_of(cls)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from ._pydantic import schema_of  # noqa: PLC0415  only pydantic calls this

        return schema_of(cls, source, handler)


def _field_being_read(draft: Any) -> str:
    """Return the first field that a draft does not have yet."""
    names: tuple[str, ...] = draft.__slots__
    return next(name for name in names if not hasattr(draft, name))


def _restore(type_name: str, state: Mapping[str, Any]) -> WireType:
    """Return the value of a pickle, which another version may have written: with more optional fields, or fewer."""
    cls: type[WireType] = getattr(sys.modules[_restore.__module__], type_name)
    for field in fields(cls):  # type: ignore[arg-type]
        if field.name not in state and field.default is MISSING:
            raise ValidationError(type_name, (field.name,), "missing")
    return cls(**{name: value for name, value in state.items() if name in cls._checks})


# A pickle names it, so it stands where no change within the package moves it.
_restore.__module__ = __name__.rpartition(".")[0]
