"""Base class of all message types.

A type's reader applies a check of ``_checks`` to each value, a line for each field. The constructor applies the check
that the annotation of each field bears. A check knows only the value: both add the type and the field to its error.
"""

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import fields
from typing import Any, Final, NoReturn, Self, cast

from ._annotations import check_of
from ._checks import Check, mapping, place
from ._ijson import parse, write
from .errors import ValidationError

# Without a GIL, assigning __class__ stops all threads, so the fields are copied instead.
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
        except (KeyError, ValidationError) as error:
            field = next(name for name in cls._checks if not hasattr(draft, name))
            if isinstance(error, ValidationError):
                place(error, cls.__name__, field)
                raise
            if error.args != (field,):  # a user's mapping raised it
                raise
        else:
            if _HAS_GIL:
                draft.__class__ = cls
                value: Self = draft
                return value
            value = object.__new__(cls)
            for name in cls._checks:
                object.__setattr__(value, name, getattr(draft, name))
            return value
        raise ValidationError(cls.__name__, (field,), "missing")

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

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: object) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).from_dict, (self.to_dict(),)

    def __setstate__(self, state: object) -> None:
        """Reject a pickle with fields by position, as 0.2.0 wrote it."""
        reject_old_pickle(type(self).__name__, state)

    @_ClassProperty
    def __pydantic_serializer__(cls: Any) -> Any:  # noqa: N805
        # pydantic looks for this where it infers how to write a value. Whoever else looks is not to import pydantic.
        if sys.modules.get("pydantic_core"):
            with suppress(ImportError):
                from ._pydantic import serializer_of  # noqa: PLC0415

                return serializer_of(cls)
        raise AttributeError("__pydantic_serializer__")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from ._pydantic import schema_of  # noqa: PLC0415  only pydantic calls this

        return schema_of(cls, source, handler)


def reject_old_pickle(type_name: str, _: object) -> NoReturn:
    """Reject a pickle of 0.3.0, which refers to this function as ``pool_registry_types._restore``."""
    raise ValidationError(type_name, (), "cannot load a pickle of version 0.3.0 or older")
