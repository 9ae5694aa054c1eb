"""Hypothesis strategies for the types and for U64, Text and Timestamp.

Loaded through an entry point; Hypothesis is not a dependency.
"""

import sys
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Final, get_args, get_origin

from hypothesis import __version_info__
from hypothesis import strategies as st

from ._annotations import Scalar
from ._wire import TYPES, WireType

_moments: Final = st.datetimes(timezones=st.just(UTC))
_short_fractions: Final = st.just(0) | st.integers(0, 999).map(lambda milliseconds: milliseconds * 1000)
# Each draws from all values, and from extremes that would otherwise be rare. A single extreme number is written
# as a range, because Hypothesis drops a range that a constraint excludes.
_STRATEGIES: Final[Mapping[str, st.SearchStrategy[Any]]] = {
    "U64": st.one_of(
        st.integers(0, 2**64 - 1),
        st.integers(0, 2**53),
        *(st.integers(number, number) for number in (2**53 + 1, 2**64 - 1)),
    ),
    "Text": st.text() | st.text('aA0"\\/\b\f\n\r\t\0\x1f\x7f\u2028💡'),
    "Timestamp": _moments | st.builds(datetime.replace, _moments, microsecond=_short_fractions),
}


def _strategy_for_annotation(declared: Any) -> st.SearchStrategy[Any] | None:
    if isinstance(declared, Scalar):
        return _STRATEGIES[declared.name]
    if get_origin(declared) is Annotated:
        for scalar in declared.__metadata__:
            if isinstance(scalar, Scalar):
                others = [other for other in declared.__metadata__ if other is not scalar]
                # The scalar replaces int, str or datetime, so Hypothesis applies the constraints to its strategy.
                constrained: Any = Annotated[(scalar, *others)] if others else scalar
                return st.from_type(constrained)
    return None


def _strategy_for_field(declared: Any) -> st.SearchStrategy[Any]:
    if get_origin(declared) is tuple:
        return st.lists(st.from_type(get_args(declared)[0]), max_size=3).map(tuple)  # longer ones are slow to draw
    return st.from_type(declared)


def _strategy_for_type(cls: type[Any], requested: Any) -> Any:
    # For st.from_type(object), Hypothesis calls this for every type. Draw only for the type itself and its base class.
    if requested not in {cls, WireType}:
        return NotImplemented
    return st.builds(cls, **{field.name: _strategy_for_field(field.type) for field in fields(cls)})


if __version_info__ >= (6, 102):  # pyright: ignore[reportOperatorIssue]
    for _cls in TYPES.values():
        st.register_type_strategy(_cls, partial(_strategy_for_type, _cls))
    # Only the functions in this private table get to see an annotation together with the constraints beside it.
    _resolvers = getattr(sys.modules.get("hypothesis.strategies._internal.types"), "_global_extra_lookup", {})
    _resolvers["pool_registry_types"] = _strategy_for_annotation
