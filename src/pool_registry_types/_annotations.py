"""U64, Text and Timestamp: annotations that say what a field may hold.

Type checkers and tools that do not know them see int, str and datetime. The package declares its own fields with them.
"""

import types
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, TypeAlias, get_args

from ._checks import Check, array, instance_of, optional, text, u64
from ._rfc3339 import RealDatetime, to_utc


@dataclass(frozen=True)
class Scalar:
    """The metadata in an annotation: its name, and the check that constructors apply to a field declared with it."""

    name: str
    check: Check[Any]

    def __repr__(self) -> str:
        return self.name

    def __get_pydantic_core_schema__(self, _: Any, handler: Any) -> Any:
        from ._pydantic import ANNOTATIONS  # noqa: PLC0415  only pydantic calls this

        return handler.generate_schema(ANNOTATIONS[self.name])


U64: TypeAlias = Annotated[int, Scalar("U64", u64)]
"""An integer from 0 to 2^64-1, Rust's ``u64`` and ``usize``."""
Text: TypeAlias = Annotated[str, Scalar("Text", text)]
"""A string of Unicode scalar values, Rust's ``String``: no lone surrogates."""
Timestamp: TypeAlias = Annotated[RealDatetime, Scalar("Timestamp", to_utc)]
"""An aware datetime, converted to UTC: an RFC 3339 string in JSON, chrono's ``DateTime<Utc>`` in Rust."""


def check_for(declared: Any) -> Check[Any]:
    """Return the check for a field's declared type."""
    match get_args(declared):
        case ():
            return partial(instance_of, declared)
        case _, Scalar() as scalar:
            return scalar.check
        case item, types.EllipsisType():
            return partial(array, check_for(item))
        case item, types.NoneType:
            return partial(optional, check_for(item))
    raise TypeError(f"no check for a field of type {declared}")
