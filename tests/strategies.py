"""Hypothesis strategies: those that the package registers, and offsets from UTC."""

from datetime import timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from pool_registry_types._hypothesis import moments
from tables import FIELDS, WireClass

__all__ = ["VALUES", "moments", "zones"]

zones = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))

VALUES: dict[WireClass, st.SearchStrategy[Any]] = {cls: st.from_type(cls) for cls in FIELDS}
