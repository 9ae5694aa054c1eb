"""The wire: what every type has.

A type's reader applies a check of ``_values`` to each member; its constructor applies the same checks to the arguments,
by the declared types of the fields. What a check refuses gets the type and the field here.

A new error is raised after the ``except`` block that finds its place: inside, the old one would become its context, and
keep alive what that holds, perhaps a whole document. No local variable holds an error either: it would be a cycle.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final, Self, cast

from ._json_text import parse, write
from ._values import Check, check_of, members_of
from .errors import ValidationError

_new: Final = object.__new__


class WireType(ABC):
    """A constructor that checks, a reader, and JSON text on top of the dict form."""

    __slots__ = ()

    # Each type has its own. Annotated, they would be among the fields that get_type_hints gives.
    _put = cast("Any", None)
    _checks = cast("list[tuple[str, Any, Check[Any]]]", None)

    def __init_subclass__(cls) -> None:
        # slots=True makes each class twice: the second time it has its fields and their slots.
        if "__dataclass_fields__" in vars(cls):
            declared = {field.name: field.type for field in fields(cls)}  # type: ignore[arg-type]
            # Sets each field past the frozen __setattr__: put.name(self, value).
            put: Any = type("put", (), {name: getattr(cls, name).__set__ for name in declared})
            cls._put = put
            TYPES[cls.__name__] = cls
            cls._checks = [(name, getattr(put, name), check_of(kind)) for name, kind in declared.items()]

    def __post_init__(self) -> None:
        name = ""
        try:
            for name, put, check in self._checks:
                put(self, check(getattr(self, name)))
        except ValidationError as error:
            refused = error.within(type(self).__name__, name).args
        else:
            return
        raise ValidationError(*refused)

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return a new dict of plain JSON values (dict, list, str, int, None), in wire order."""

    @abstractmethod
    def _read(self, members: dict[str, Any]) -> None:
        """Set each field, in wire order, to its checked member."""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read a mapping of plain JSON values, ignoring members that the type does not have.

        Raises:
            ValidationError: A required member is missing, or a member is not what its field allows.
        """
        members = data if type(data) is dict else members_of(cls.__name__, data)
        self = _new(cls)
        try:
            self._read(members)
        except (ValidationError, KeyError) as error:
            # The fields are read in their order, so this is the first that is not set.
            name = next(name for name, *_ in cls._checks if not hasattr(self, name))
            if isinstance(error, ValidationError):
                refused: tuple[Any, ...] = error.within(cls.__name__, name).args
            elif name not in members:
                refused = (cls.__name__, (name,), "missing")
            else:
                raise
        else:
            return self
        raise ValidationError(*refused)

    def to_json(self) -> str:
        """Return the compact JSON text, byte for byte as serde_json writes it."""
        return write(self.to_dict())

    @classmethod
    def from_json(cls, document: str | bytes | bytearray) -> Self:
        """Read I-JSON text (RFC 7493): UTF-8 without a byte-order mark, no member twice in an object.

        Raises:
            ValidationError: The document is not I-JSON, or says what ``from_dict`` refuses.
        """
        return cls.from_dict(parse(document, cls.__name__))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from ._pydantic import schema_of  # noqa: PLC0415  pydantic asks, so it is there

        return schema_of(cls, source, handler)


TYPES: Final[dict[str, type[WireType]]] = {}
"""Every type on the wire, by its name."""
