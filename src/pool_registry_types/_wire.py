"""The base class of all types, and the decorator that makes a dataclass one of them.

A type's reader, its method ``_read``, has one line for each field, which applies a check to the field's value. The
type's constructor applies the check that the field's annotation names. A check knows only the value, so the reader and
the constructor add the type and the field to its error.
"""

import sys
from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final, NoReturn, Self, TypeVar

from ._annotations import check_for
from ._checks import Check, as_dict, prefix_path
from ._ijson import dumps, parse
from .errors import ValidationError

_HAS_GIL: Final[bool] = getattr(sys, "_is_gil_enabled", lambda: True)()


class WireType:
    """The base class of the types: checks their fields, and converts to and from dicts and JSON.

    Generic code can name it, as in ``TypeVar("T", bound=WireType)``. It is not meant to be subclassed.
    """

    __slots__ = ("__weakref__",)

    if TYPE_CHECKING:  # get_type_hints must not find them
        _checks: Mapping[str, Check[Any]]
        _draft: type[Self]

    def __init_subclass__(cls) -> None:
        base: Any = cls.__base__
        if base is not WireType:
            raise TypeError(f"{base.__name__} cannot be subclassed: put it in a message of your own instead")

    def __post_init__(self) -> None:
        name = ""
        try:
            for name, check in self._checks.items():
                given = getattr(self, name)
                stored = check(given)
                if stored is not given:
                    object.__setattr__(self, name, stored)
        except ValidationError as error:
            prefix_path(error, type(self).__name__, name)
            raise

    def to_dict(self) -> dict[str, Any]:
        """Return a new dict of plain JSON values (dict, list, str, int, None), in field order."""
        raise NotImplementedError

    def _read(self: Any, data: dict[str, Any]) -> None:
        """Set each field, in order, to its checked value from ``data``. ``self`` is a draft: see ``wire_type``."""
        raise NotImplementedError

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read a mapping of plain JSON values, ignoring unknown fields. A timestamp is a string, and so is an enum.

        Raises:
            ValidationError: If a required field is missing, or a value is not valid for its field.
        """
        if type(data) is not dict:
            data = as_dict(cls.__name__, data)
        draft = cls._draft()
        try:
            cls._read(draft, data)
        except (KeyError, ValidationError) as error:
            field = next(name for name in cls._checks if not hasattr(draft, name))
            if isinstance(error, ValidationError):
                prefix_path(error, cls.__name__, field)
            if error.args != (field,):  # a ValidationError, or a KeyError that a user's mapping raised
                raise
        else:
            if _HAS_GIL:
                draft.__class__ = cls
                return draft
            value = object.__new__(cls)
            for name in cls._checks:
                object.__setattr__(value, name, getattr(draft, name))
            return value
        raise ValidationError(cls.__name__, (field,), "missing")

    def to_json(self) -> str:
        """Return the compact JSON text, byte for byte as serde_json writes it."""
        return dumps(self.to_dict())

    @classmethod
    def from_json(cls, message: str | bytes | bytearray) -> Self:
        """Read I-JSON text (RFC 7493): UTF-8 without a byte-order mark, no duplicate keys.

        Raises:
            ValidationError: If the message is not I-JSON, or ``from_dict`` rejects it.
        """
        return cls.from_dict(parse(message, cls.__name__))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: object) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).from_dict, (self.to_dict(),)

    def __setstate__(self, state: object) -> None:
        """Reject a pickle that holds the fields by position, as 0.2.0 wrote it."""
        reject_old_pickle(type(self).__name__, state)

    @property
    def __pydantic_serializer__(self) -> Any:
        # pydantic looks this up to infer how to write a value. A lookup by other code must not import pydantic.
        if sys.modules.get("pydantic_core"):
            from ._pydantic import serializer_of  # noqa: PLC0415

            cls: Any = type(self)
            return serializer_of(cls)
        raise AttributeError("__pydantic_serializer__")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from ._pydantic import schema_of  # noqa: PLC0415  only pydantic calls this

        return schema_of(cls, source, handler)


TYPES: Final = dict[str, type[WireType]]()
"""All types by their names."""

_T = TypeVar("_T", bound=WireType)


def wire_type(cls: type[_T]) -> type[_T]:
    """Make a frozen dataclass a type: derive checks from its annotations, make a draft class, and list it in ``TYPES``.

    A reader cannot set the fields of a frozen instance, so it fills a draft. The draft's class has the same slots in
    the same order, but not the ``__setattr__`` that dataclass adds to a frozen class. ``from_dict`` makes a draft, and
    the type's ``_read`` sets its fields by plain assignments, which CPython makes fast. Since both classes lay out
    their objects alike, Python lets the draft change its ``__class__``, so it becomes an instance without a copy. No
    check runs twice, and nobody sees an instance before all its fields are set.

    If a check fails, the first field that is not set is the one that was being read, so no reader has to name it.
    Without a GIL, a change of class stops all threads, so the fields are copied to a new object instead.
    """
    cls._checks = {field.name: check_for(field.type) for field in fields(cls)}  # type: ignore[arg-type]
    draft: Any = type(f"{cls.__name__}Draft", (WireType,), {"__slots__": (*cls._checks,)})
    cls._draft = draft
    cls.__setstate__ = WireType.__setstate__  # type: ignore[method-assign]  # the one from dataclass goes by position
    TYPES[cls.__name__] = cls
    return cls


def reject_old_pickle(type_name: str, _: object) -> NoReturn:
    """Reject a pickle of 0.3.0, which refers to this function as ``pool_registry_types._restore``."""
    raise ValidationError(type_name, (), "cannot load a pickle of version 0.3.0 or older")
