"""pydantic: a value is read, written and described as the wire has it, wherever pydantic or FastAPI meets one.

pydantic imports this by asking a type for its schema. The package needs no pydantic.
"""

import re
from collections.abc import Callable
from inspect import getdoc
from typing import Any, Final, cast

from pydantic import ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, ValidationError, core_schema

from .errors import ValidationError as WireError
from .errors import shown

# Each name in the sections of a docstring, and what it means, perhaps on further lines.
_attributes: Final = re.compile(r"^    (\w+): (.+(?:\n {8}.+)*)", re.MULTILINE).findall


def schema_of(cls: Any, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
    """Return the schema of a wire type around the one that pydantic makes of its fields, which only describes it."""

    def read(value: Any, _: Callable[[Any], Any]) -> Any:
        if type(value) is cls:
            return value
        try:
            return cls.from_dict(value)
        except WireError as error:
            refused = [_details(error, value)]
        raise ValidationError.from_exception_data(cls.__name__, refused)

    read.__name__ = cls.__name__  # the title of errors
    cls.__pydantic_config__ = _CONFIG
    fields: Any = {**handler.resolve_ref_schema(handler(source))}
    # A reference stands for the type where it occurs again: for all of this, not for the fields alone.
    ref = fields.pop("ref")
    writer = core_schema.plain_serializer_function_ser_schema(lambda value: value.to_dict())
    return core_schema.no_info_wrap_validator_function(read, fields, ref=ref, serialization=writer)


def _details(error: WireError, value: Any) -> InitErrorDetails:
    for step in error.path[:-1] if error.reason == "missing" else error.path:
        value = value.get(step) if isinstance(step, str) else value[step]
    kind = PydanticCustomError("wire", cast("Any", error.reason))  # without a context it is no template
    # FastAPI repeats the input, which JSON may have no words for: NaN, a lone surrogate.
    return {"type": kind, "loc": error.path, "input": shown(value)}


def _describe(schema: dict[str, Any], cls: type[Any]) -> None:
    """Add what the fields' types do not say to a JSON Schema: the bounds of integers, and the docstring's words."""
    doc, properties = (getdoc(cls) or "").replace("``", "`"), schema["properties"]
    schema["description"] = " ".join(doc.partition("\n\n")[0].split())
    for name, meaning in _attributes(doc):
        if name in properties:
            properties[name]["description"] = " ".join(meaning.split())
    for field in properties.values():
        for kind in field, *field.get("anyOf", []):
            if kind.get("type") == "integer":
                kind |= {"minimum": 0, "maximum": 2**64 - 1}


_CONFIG: Final = ConfigDict(json_schema_extra=_describe)
