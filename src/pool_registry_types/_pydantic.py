"""Validation, serialization and JSON Schema for pydantic and FastAPI.

Imported when pydantic asks for a schema or a serializer; pydantic is not a dependency.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, partial
from inspect import getdoc
from math import isfinite
from typing import Any, Final, cast

import pydantic_core
from pydantic import ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticSerializationUnexpectedValue, SchemaSerializer, core_schema

from ._annotations import Scalar
from ._describe import MAX_VALUE, describe
from ._ijson import has_surrogate
from .errors import ValidationError

_JSON_SCHEMAS: Final[Mapping[str, dict[str, Any]]] = {
    "U64": {"type": "integer", "format": "uint64", "minimum": 0},
    "Text": {"type": "string"},
    "Timestamp": {"type": "string", "format": "date-time"},
}

# `name: meaning` entries of a docstring, continuation lines included.
_attributes: Final = re.compile(r"^    (\w+): (.+(?:\n {8}.+)*)", re.MULTILINE).findall


class ScalarSchema:
    """What pydantic is to know of an annotation."""

    def __init__(self, scalar: Scalar[Any]) -> None:
        self._scalar = scalar

    def __get_pydantic_core_schema__(self, _: object, __: object) -> CoreSchema:
        reader = _Reader(self._scalar.name, partial(_read_scalar, self._scalar))
        writer = core_schema.plain_serializer_function_ser_schema(partial(_write_scalar, self._scalar))
        return core_schema.no_info_plain_validator_function(reader, serialization=writer)

    def __get_pydantic_json_schema__(self, _: CoreSchema, __: object) -> dict[str, Any]:
        return _JSON_SCHEMAS[self._scalar.name].copy()


def schema_of(cls: Any, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
    """Wrap pydantic's own schema of a type, which serves for JSON Schema only."""
    cls.__pydantic_config__ = _CONFIG
    fields: Any = {**handler.resolve_ref_schema(handler(source))}
    # pydantic reuses a schema by its ref, so the ref belongs on this wrapper, not on the fields inside.
    ref = fields.pop("ref")
    reader = _Reader(cls.__name__, partial(_read_message, cls))
    return core_schema.no_info_wrap_validator_function(reader, fields, ref=ref, serialization=_serialization_of(cls))


@cache
def serializer_of(cls: type[Any]) -> SchemaSerializer:
    """Return what writes a value of a type where pydantic infers how to."""
    return SchemaSerializer(core_schema.any_schema(serialization=_serialization_of(cls)))


def _serialization_of(cls: type[Any]) -> core_schema.PlainSerializerFunctionSerSchema:
    return core_schema.plain_serializer_function_ser_schema(partial(_write_message, cls))


# Functions at module level, and a class, can be pickled; closures in a TypeAdapter cannot.


class _Reader:
    """A validator whose errors name the value by its path, and which pydantic calls by the name of its type."""

    def __init__(self, name: str, read: Callable[[Any], Any]) -> None:
        self.__name__, self._read = name, read

    def __call__(self, value: Any, _: object = None) -> Any:
        try:
            return self._read(value)
        except ValidationError as error:
            path, reason = error.path, error.reason
        # With no context, braces are not placeholders.
        kind = pydantic_core.PydanticCustomError("wire", cast("Any", reason))
        details: Any = {"type": kind, "loc": path, "input": _shown(_value_at(path, value))}
        raise pydantic_core.ValidationError.from_exception_data(self.__name__, [details])


def _read_scalar(scalar: Scalar[Any], value: Any) -> Any:
    return (scalar.check if issubclass(type(value), datetime) else scalar.read)(value)


def _read_message(cls: type[Any], value: Any) -> Any:
    return value if type(value) is cls else cls.from_dict(value)


def _write_scalar(scalar: Scalar[Any], value: Any) -> Any:
    try:
        return scalar.write(value)
    except ValidationError as error:
        reason = error.reason
    raise PydanticSerializationUnexpectedValue(reason)


def _write_message(cls: type[Any], value: Any) -> Any:
    if type(value) is cls:
        return value.to_dict()
    # Let pydantic try the next member of a union, or warn.
    raise PydanticSerializationUnexpectedValue(f"Expected `{cls.__name__}` but got {describe(value)}")


def _value_at(path: tuple[str | int, ...], value: Any) -> Any:
    """Return the value that a path leads to; the object around it if it is missing there."""
    for step in path:
        if isinstance(step, str) and step not in value:
            break
        value = value[step]
    return value


def _shown(value: Any) -> Any:
    """Return a value that JSON can say in a few words, and the description of any other: FastAPI echoes it."""
    kind = type(value)
    is_number = (kind is int and value.bit_length() <= 3 * MAX_VALUE) or (kind is float and isfinite(value))
    is_text = kind is str and len(value) <= MAX_VALUE and not has_surrogate(value)
    return value if is_number or is_text or value is None or kind is bool else describe(value)


def _describe(schema: dict[str, Any], cls: type[Any]) -> None:
    """Add the descriptions that the docstring gives."""
    doc, properties = (getdoc(cls) or "").replace("``", "`"), schema["properties"]
    meanings = _attributes(doc)
    if meanings:  # without docstrings, dataclass makes one up
        schema["description"] = " ".join(doc.partition("\n\n")[0].split())
    for name, meaning in meanings:
        if name in properties:
            properties[name]["description"] = " ".join(meaning.split())


_CONFIG: Final = ConfigDict(json_schema_extra=_describe)
