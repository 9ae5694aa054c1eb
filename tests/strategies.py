"""Hypothesis strategies for every wire type, by the declared types of its fields."""

import dataclasses
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from types import UnionType
from typing import Any, get_args

from hypothesis import strategies as st

from tables import FIELDS, WireClass

u64s = st.integers(0, 2**64 - 1) | st.sampled_from([0, 2**32, 2**53 + 1, 2**63, 2**64 - 1])
texts = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    ['"\\/\b\f\n\r\t\0\x1f', "\x7f\u2028", "💡"]
)
moments = st.builds(
    lambda moment, unit: moment.replace(microsecond=moment.microsecond // unit * unit),
    st.datetimes(timezones=st.just(UTC)),
    st.sampled_from([1, 1000, 1_000_000]),
)
zones = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))

_BY_TYPE: dict[Any, st.SearchStrategy[Any]] = {int: u64s, str: texts, datetime: moments}


def of(declared: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for what a field is declared to be."""
    if declared in _BY_TYPE:
        return _BY_TYPE[declared]
    if arguments := get_args(declared):
        item = of(arguments[0])
        return st.none() | item if isinstance(declared, UnionType) else st.lists(item, max_size=3).map(tuple)
    if issubclass(declared, StrEnum):
        return st.sampled_from(declared)
    return st.builds(declared, **{field.name: of(field.type) for field in dataclasses.fields(declared)})


VALUES: dict[WireClass, st.SearchStrategy[Any]] = {cls: of(cls) for cls in FIELDS}
