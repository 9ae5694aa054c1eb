"""Hypothesis strategies: those that the package registers, and offsets from UTC."""

from datetime import datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from fields import FIELDS, WireClass
from pool_registry_types import Timestamp

moments: st.SearchStrategy[datetime] = st.from_type(Timestamp)
zones = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))

VALUES: dict[WireClass, st.SearchStrategy[Any]] = {cls: st.from_type(cls) for cls in FIELDS}
