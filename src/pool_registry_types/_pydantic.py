"""Validation, serialization and JSON Schema for pydantic and FastAPI.

Imported when pydantic asks for a schema or a serializer; pydantic is not a dependency.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import cache, partial
from inspect import getdoc
from math import isfinite
from typing import Annotated, Any, Final, cast

import pydantic_core
from pydantic import ConfigDict, GetCoreSchemaHandler, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import CoreSchema, PydanticSerializationUnexpectedValue, SchemaSerializer, core_schema

from ._checks import text, u64
from ._describe import MAX_VALUE, describe
from ._ijson import has_surrogate
from ._rfc3339 import format_timestamp, parse_timestamp, to_utc
from .errors import ValidationError

# `name: meaning` entries of a docstring, continuation lines included.
_attributes: Final = re.compile(r"^    (\w+): (.+(?:\n {8}.+)*)", re.MULTILINE).findall


def schema_of(cls: Any, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
    """Return a schema that reads the type. The schema that it wraps, pydantic's own, is used only for JSON Schema."""
    if cls.__base__ is object:  # WireType itself, as the bound of a type variable
        return core_schema.is_instance_schema(cls)
    cls.__pydantic_config__ = ConfigDict(json_schema_extra=_add_descriptions)
    validator = _Validator(cls.__name__, partial(_read_message, cls))
    return core_schema.no_info_wrap_validator_function(validator, handler(source), serialization=_serialization_of(cls))


@cache
def serializer_of(cls: type[Any]) -> SchemaSerializer:
    """Return the serializer for values in fields that do not name their type, such as ``Any``."""
    return SchemaSerializer(core_schema.any_schema(serialization=_serialization_of(cls)))


def _serialization_of(cls: type[Any]) -> core_schema.PlainSerializerFunctionSerSchema:
    return core_schema.plain_serializer_function_ser_schema(partial(_write_message, cls))


# No closures below, so that a TypeAdapter can be pickled.


class _Validator:
    """A validator whose errors have the path to the value, and whose ``__name__`` is the title of pydantic's error."""

    def __init__(self, name: str, read: Callable[[Any], Any]) -> None:
        self.__name__, self._read = name, read

    def __call__(self, value: Any, _: object = None) -> Any:
        try:
            return self._read(value)
        except ValidationError as error:
            path, reason = error.path, error.reason
        # Do not pass a context: with one, pydantic would replace what is in braces in the reason.
        kind = pydantic_core.PydanticCustomError("missing" if reason == "missing" else "invalid", cast("Any", reason))
        details: Any = {"type": kind, "loc": path, "input": _short_or_described(_value_at(path, value))}
        raise pydantic_core.ValidationError.from_exception_data(self.__name__, [details])


def _read_message(cls: type[Any], value: Any) -> Any:
    return value if type(value) is cls else cls.from_dict(value)


def _read_timestamp(value: Any) -> datetime:
    return (to_utc if issubclass(type(value), datetime) else parse_timestamp)(value)


def _write_message(cls: type[Any], value: Any) -> Any:
    if type(value) is cls:
        return value.to_dict()
    # Let pydantic try the next type of a union, or warn.
    raise PydanticSerializationUnexpectedValue(f"expected a {cls.__name__}, got {describe(value)}")


def _write_scalar(write: Callable[[Any], Any], value: Any) -> Any:
    try:
        return write(value)
    except ValidationError as error:
        reason = error.reason
    raise PydanticSerializationUnexpectedValue(reason)


def _value_at(path: tuple[str | int, ...], value: Any) -> Any:
    """Return the value at a path, or the innermost value around it if there is none."""
    with suppress(LookupError, TypeError):
        for step in path:
            value = dict(value)[step] if isinstance(step, str) else value[step]  # copied, or a defaultdict gains a key
    return value


def _short_or_described(value: Any) -> Any:
    """Return the value if it is short and can be written as JSON, else a description. FastAPI echoes it."""
    kind = type(value)
    is_number = (kind is int and value.bit_length() <= 3 * MAX_VALUE) or (kind is float and isfinite(value))
    is_text = kind is str and len(value) <= MAX_VALUE and not has_surrogate(value)
    return value if is_number or is_text or value is None or kind is bool else describe(value)


def _add_descriptions(schema: dict[str, Any], cls: type[Any]) -> None:
    """Add the descriptions that the docstring gives."""
    doc, properties = (getdoc(cls) or "").replace("``", "`"), schema["properties"]
    meanings = _attributes(doc)
    if meanings:  # under python -OO, the docstring is the signature, which dataclass puts there
        schema["description"] = " ".join(doc.partition("\n\n")[0].split())
    for name, meaning in meanings:
        if name in properties:
            properties[name]["description"] = " ".join(meaning.split())


def _annotation(name: str, read: Callable[[Any], Any], write: Callable[[Any], Any], **schema: Any) -> Any:
    writer = PlainSerializer(partial(_write_scalar, write))
    return Annotated[Any, PlainValidator(_Validator(name, read)), writer, WithJsonSchema(schema)]


ANNOTATIONS: Final[Mapping[str, Any]] = {
    "U64": _annotation("U64", u64, u64, type="integer", format="uint64", minimum=0),
    "Text": _annotation("Text", text, text, type="string"),
    "Timestamp": _annotation("Timestamp", _read_timestamp, format_timestamp, type="string", format="date-time"),
}
"""U64, Text and Timestamp in pydantic's own terms, by name."""
