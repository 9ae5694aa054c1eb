"""hypothesis: a strategy for each type, so that ``st.from_type`` and ``st.builds`` draw valid values.

hypothesis imports this by its entry point. The package needs no hypothesis.
"""

from dataclasses import fields
from datetime import UTC, datetime
from types import UnionType
from typing import Any, Final, get_args

from hypothesis import strategies as st

from ._wire import TYPES

u64s: Final = st.integers(0, 2**64 - 1) | st.sampled_from([0, 2**53 + 1, 2**64 - 1])
texts: Final = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    ['"\\/\b\f\n\r\t\0\x1f', "\x7f\u2028", "💡"]
)
moments: Final = st.builds(
    lambda moment, unit: moment.replace(microsecond=moment.microsecond // unit * unit),
    st.datetimes(timezones=st.just(UTC)),
    st.sampled_from([1, 1000, 1_000_000]),
)


def register() -> None:
    """Register a strategy for each type with hypothesis."""
    for cls in TYPES.values():
        st.register_type_strategy(cls, _values_of)


def _values_of(cls: type[Any]) -> st.SearchStrategy[Any]:
    return st.builds(cls, **{field.name: _field_of(field.type) for field in fields(cls)})


_BY_TYPE: Final[dict[Any, st.SearchStrategy[Any]]] = {int: u64s, str: texts, datetime: moments}


def _field_of(declared: Any) -> st.SearchStrategy[Any]:
    if arguments := get_args(declared):
        item = _field_of(arguments[0])
        return st.none() | item if isinstance(declared, UnionType) else st.lists(item, max_size=3).map(tuple)
    return _BY_TYPE[declared] if declared in _BY_TYPE else st.from_type(declared)
