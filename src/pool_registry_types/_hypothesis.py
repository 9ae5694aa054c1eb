"""Strategies for hypothesis: of the types, so that ``st.from_type`` and ``st.builds`` draw valid values, and of fields.

Loaded through an entry point; hypothesis is not a dependency.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC
from enum import Enum
from functools import partial
from types import NoneType
from typing import Annotated, Any, Final, get_args, get_origin

from hypothesis import __version_info__
from hypothesis import strategies as st

from ._wire import TYPES

_TAKES_NOT_IMPLEMENTED: Final = __version_info__ >= (6, 88)  # pyright: ignore[reportOperatorIssue]

STRATEGIES: Final[Mapping[str, st.SearchStrategy[Any]]] = {
    "U64": st.integers(0, 2**64 - 1) | st.sampled_from([0, 2**53 + 1, 2**64 - 1]),
    "Text": st.text() | st.sampled_from(['"\\/\b\f\n\r\t\0\x1f', "\x7f\u2028", "💡"]),
    "Timestamp": st.builds(
        lambda moment, unit: moment.replace(microsecond=moment.microsecond // unit * unit),
        st.datetimes(timezones=st.just(UTC)),
        st.sampled_from([1, 1000, 1_000_000]),
    ),
}
"""The strategies of the annotations, by their names."""


def _values_of(cls: type[Any], asked: Any) -> Any:
    # hypothesis also asks for values of object, and of whatever else the class is a subclass of.
    if asked is not cls and _TAKES_NOT_IMPLEMENTED:
        return NotImplemented
    return st.builds(cls, **{field.name: _values_of_field(field.type) for field in fields(cls)})


def _values_of_field(declared: Any) -> st.SearchStrategy[Any]:
    origin, arguments = get_origin(declared), get_args(declared)
    if origin is Annotated:
        return STRATEGIES[arguments[1].name]
    if origin is tuple:
        return st.lists(_values_of_field(arguments[0]), max_size=3).map(tuple)
    if arguments[1:] == (NoneType,):
        return st.none() | _values_of_field(arguments[0])
    if isinstance(declared, type) and (declared in TYPES.values() or issubclass(declared, Enum)):
        return st.from_type(declared)
    raise TypeError(f"no strategy for a field of type {declared}")


for _cls in TYPES.values():
    st.register_type_strategy(_cls, partial(_values_of, _cls))
