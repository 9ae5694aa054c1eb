"""Strategies for hypothesis: of the types, for ``st.from_type`` and ``st.builds``, and of the annotations.

Loaded through an entry point when hypothesis is imported, or before; so hypothesis is imported where it is used.
"""

from dataclasses import fields
from datetime import UTC
from functools import cache, partial
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from ._annotations import Scalar


def register() -> None:
    """Register a strategy for each type."""
    from hypothesis import strategies as st  # noqa: PLC0415

    from . import _TYPES  # noqa: PLC0415

    for cls in _TYPES:
        st.register_type_strategy(cls, partial(_values_of, cls))


def strategy_of(scalar: "Scalar[Any]") -> "SearchStrategy[Any]":
    """Return the strategy of an annotation."""
    return _scalars()[scalar.name]


@cache
def _scalars() -> "dict[str, SearchStrategy[Any]]":
    from hypothesis import strategies as st  # noqa: PLC0415

    return {
        "U64": st.integers(0, 2**64 - 1) | st.sampled_from([0, 2**53 + 1, 2**64 - 1]),
        "Text": st.text() | st.sampled_from(['"\\/\b\f\n\r\t\0\x1f', "\x7f\u2028", "💡"]),
        "Timestamp": st.builds(
            lambda moment, unit: moment.replace(microsecond=moment.microsecond // unit * unit),
            st.datetimes(timezones=st.just(UTC)),
            st.sampled_from([1, 1000, 1_000_000]),
        ),
    }


def _values_of(cls: type[Any], asked: Any) -> "SearchStrategy[Any]":
    from hypothesis import strategies as st  # noqa: PLC0415

    # hypothesis also asks for the values of object, and of whatever else the class is a subclass of.
    if asked is not cls:
        return st.nothing()
    return st.builds(cls, **{field.name: _values_of_field(field.type) for field in fields(cls)})


def _values_of_field(declared: Any) -> "SearchStrategy[Any]":
    from hypothesis import strategies as st  # noqa: PLC0415

    origin, arguments = get_origin(declared), get_args(declared)
    if origin is Annotated:
        return strategy_of(arguments[1])
    if origin is tuple:
        return st.lists(_values_of_field(arguments[0]), max_size=3).map(tuple)
    return st.none() | _values_of_field(arguments[0]) if arguments else st.from_type(declared)
