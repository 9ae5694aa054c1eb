"""U64, Text and Timestamp: annotations that say what a field may hold.

Type checkers and tools that do not know them see int, str and datetime. The types' own fields are declared with them.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from types import UnionType
from typing import Annotated, Any, Generic, TypeAlias, TypeVar, Union, get_args, get_origin

from ._checks import Check, array, instance_of, optional, text, u64
from ._rfc3339 import RealDatetime, format_timestamp, parse_timestamp, to_utc

_T = TypeVar("_T")


@dataclass(frozen=True)
class Scalar(Generic[_T]):
    """What an annotation knows of the values that a field may hold.

    Attributes:
        name: The name of the annotation.
        check: The check of a Python value.
        read: The check of a JSON value.
        write: The JSON value of a Python value.
    """

    name: str
    check: Check[_T]
    read: Check[_T]
    write: Callable[[Any], Any]

    def __repr__(self) -> str:
        return self.name

    # hypothesis and pydantic unpack what annotated-types calls a group.
    __is_annotated_types_grouped_metadata__ = True

    def __iter__(self) -> Iterator[Any]:
        if sys.modules.get("hypothesis"):
            from ._hypothesis import STRATEGIES  # noqa: PLC0415

            yield STRATEGIES[self.name]
        if sys.modules.get("pydantic"):
            yield self._for_pydantic()

    def _for_pydantic(self) -> Any:
        from ._pydantic import ScalarSchema  # noqa: PLC0415  only pydantic needs this

        return ScalarSchema(self)

    # In some places, such as validate_call, pydantic asks the group itself.
    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return self._for_pydantic().__get_pydantic_core_schema__(source, handler)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> Any:
        return self._for_pydantic().__get_pydantic_json_schema__(schema, handler)


U64: TypeAlias = Annotated[int, Scalar("U64", u64, u64, u64)]
"""An integer from 0 to 2^64-1, Rust's ``u64`` and ``usize``."""
Text: TypeAlias = Annotated[str, Scalar("Text", text, text, text)]
"""A string of Unicode scalar values, Rust's ``String``: no lone surrogates."""
Timestamp: TypeAlias = Annotated[RealDatetime, Scalar("Timestamp", to_utc, parse_timestamp, format_timestamp)]
"""An aware datetime in UTC, chrono's ``DateTime<Utc>``; written and read as RFC 3339."""


def check_for(declared: Any) -> Check[Any]:
    """Return the check for a field's declared type."""
    origin, arguments = get_origin(declared), get_args(declared)
    if origin is Annotated:
        scalar: Scalar[Any] = arguments[1]
        return scalar.check
    if origin is tuple:
        return partial(array, check_for(arguments[0]))
    if origin in {Union, UnionType}:
        return partial(optional, check_for(arguments[0]))
    return partial(instance_of, declared)
