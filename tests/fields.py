"""The fields of each type, a message of each type, and the values that a field of each kind rejects."""

from collections import UserList
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import IntEnum, StrEnum
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import strategies as st

from pool_registry_types import (
    U64,
    GpuCapabilities,
    GpuInfo,
    HealthState,
    HealthStatus,
    NodeCapabilities,
    NodeInfo,
    NodeStatus,
    PoolMetadata,
    PoolSnapshot,
    Text,
    Timestamp,
)

WireClass = type[Any]

FIELDS: dict[WireClass, dict[str, str]] = {
    GpuInfo: {"device_id": "u64", "name": "text", "vram_total_mb": "u64", "cuda_compute_capability": "text"},
    GpuCapabilities: {"gpu_count": "u64", "total_vram_mb": "u64", "cuda_version": "opt text"},
    HealthStatus: {"state": "HealthState", "slots_total": "u64", "slots_free": "u64", "last_check": "timestamp"},
    NodeCapabilities: {"gpus": "array of GpuInfo", "cpu_cores": "opt u64", "ram_total_bytes": "opt u64"},
    NodeInfo: {
        "node_id": "text", "hostname": "text", "endpoint": "text", "pools": "array of text",
        "capabilities": "NodeCapabilities", "registered_at": "timestamp", "last_heartbeat": "timestamp",
    },
    PoolSnapshot: {"pool_id": "text", "node_id": "text", "health": "HealthStatus", "model": "opt text"},
    PoolMetadata: {
        "pool_id": "text", "node_id": "opt text", "engine": "opt text", "engine_version": "opt text",
        "device_mask": "opt text",
    },
}  # fmt: skip

ENUMS: dict[type[StrEnum], list[str]] = {
    HealthState: ["Initializing", "Ready", "Draining", "Failed", "Offline"],
    NodeStatus: ["Registering", "Online", "Draining", "Offline", "Failed"],
}

_GPU = {"device_id": 0, "name": "NVIDIA RTX 4090", "vram_total_mb": 24_000, "cuda_compute_capability": "8.9"}
_CAPABILITIES: dict[str, Any] = {"gpus": [_GPU], "cpu_cores": 16, "ram_total_bytes": 64_000_000_000}
_HEALTH = {"state": "Ready", "slots_total": 4, "slots_free": 3, "last_check": "2025-10-01T08:51:30.120Z"}

MESSAGES: dict[WireClass, dict[str, Any]] = {
    GpuInfo: _GPU,
    GpuCapabilities: {"gpu_count": 2, "total_vram_mb": 48_000, "cuda_version": "12.1"},
    NodeCapabilities: _CAPABILITIES,
    NodeInfo: {
        "node_id": "gpu-node-1",
        "hostname": "machine-alpha",
        "endpoint": "http://192.168.1.100:9200",
        "pools": ["pool-1", "pool-0"],
        "capabilities": _CAPABILITIES,
        "registered_at": "2025-10-01T08:51:30Z",
        "last_heartbeat": "2025-10-01T08:52:00.123456Z",
    },
    HealthStatus: _HEALTH,
    PoolSnapshot: {"pool_id": "pool-0", "node_id": "gpu-node-1", "health": _HEALTH, "model": "llama-3.1-8b-instruct"},
    PoolMetadata: {
        "pool_id": "pool-0",
        "node_id": "gpu-node-1",
        "engine": "llamacpp",
        "engine_version": "b3600",
        "device_mask": "GPU0,GPU1",
    },
}
"""A message of each type, as a dict. Its keys are in declaration order, and no value is null."""

_EXPECTED = {
    "u64": "an integer from 0 to 18446744073709551615",
    "text": "a string",
    "no surrogates": "a string without lone surrogates",
    "array": "an array",
    "object": "an object",
    "HealthState": "one of Initializing, Ready, Draining, Failed, Offline",
    "timestamp": "an ISO 8601 string with an offset, in years 1 to 9999 UTC",
    "datetime": "an aware datetime in years 1 to 9999 UTC",
}
MISSING = "missing"


def reason(expected: str, got: str) -> str:
    """The reason of an error that names what was expected and what was found."""
    return f"expected {_EXPECTED.get(expected, expected)}, got {got}"


def i_json(detail: str) -> str:
    """The reason of an error for a message that is not I-JSON."""
    return f"not I-JSON: {detail}"


Rejected = dict[str, tuple[Any, str]]
"""Each invalid value with the reason of its error, under a description of the value."""

HIGH, LOW = chr(0xD800), chr(0xDFFF)
"""Surrogates. They are not literals because older versions of mypy fail on those."""


class _Device(IntEnum):
    LOST = -1


class _Engine(StrEnum):
    LOST = LOW


class _Convertible:
    """An object that converts to the integer 1 and to the string "Ready", but is neither."""

    def __index__(self) -> int:
        return 1

    def __str__(self) -> str:
        return "Ready"

    __int__ = __index__


class Zone(tzinfo):
    """A user's time zone, which returns the offset that it was given, or raises it if it is an exception."""

    def __init__(self, offset: Any) -> None:
        self.offset = offset

    def utcoffset(self, _: datetime | None) -> Any:
        if isinstance(self.offset, Exception):
            raise self.offset
        return self.offset

    dst = tzname = utcoffset


def day_99(zone: tzinfo) -> datetime:
    """A datetime on day 99 of a month, as a damaged pickle gives it: datetime hardly checks pickled bytes."""
    pickled: Any = b"\x07\xe9\x0a\x63" + bytes(6)
    make: Any = datetime
    moment: datetime = make(pickled, zone)
    return moment


class _DatetimeLookalike:
    """An object that has a datetime's attributes but is not one, such as a datetime of arrow."""

    tzinfo, fold = UTC, 0
    utcoffset = staticmethod(timedelta)
    date = staticmethod(date.today)
    time = staticmethod(time)


class LyingString(str):
    """A string whose methods return other content than its own."""

    __slots__ = ()

    def __str__(self) -> str:
        return "Offline"

    def __iter__(self) -> Any:
        return iter("Offline")

    def __getitem__(self, _: Any) -> str:
        return "Offline"

    def __len__(self) -> int:
        return 7

    __repr__ = __format__ = encode = strip = lower = title = casefold = __add__ = __radd__ = join = __str__  # type: ignore[assignment]


_INVALID_U64: Rejected = {
    "-1": (-1, reason("u64", "-1")),
    "2^64": (2**64, reason("u64", "18446744073709551616")),
    "true": (True, reason("u64", "true")),  # a bool is an int to isinstance
    "1.0": (1.0, reason("u64", "1.0")),  # as JavaScript may write 1; serde rejects it
    "infinity": (float("inf"), reason("u64", "Infinity")),  # int() raises OverflowError
    "Decimal": (Decimal(1), reason("u64", "Decimal")),
    "a string": ("1", reason("u64", "'1'")),
    "an IntEnum below 0": (_Device.LOST, reason("u64", "-1")),
    "601 bits": (2**600, reason("u64", "an integer of 601 bits")),  # too long to be shown
    "convertible to int": (_Convertible(), reason("u64", "_Convertible")),
}
_INVALID_TEXT: Rejected = {
    "false": (False, reason("text", "false")),
    "bytes": (b"a", reason("text", "bytes")),
    "a datetime": (datetime(2025, 10, 1, tzinfo=UTC), reason("text", "datetime")),
    "an array": (("a",), reason("text", "an array")),
    "convertible to str": (_Convertible(), reason("text", "_Convertible")),
    "an instance of a class named missing": (type("missing", (), {})(), reason("text", "missing")),
    "a lone surrogate": (f"a{HIGH}b", reason("no surrogates", r"'a\ud800b'")),
    "a pair of surrogates": (chr(0xD83D) + chr(0xDCA1), reason("no surrogates", r"'\ud83d\udca1'")),
    "a StrEnum with a surrogate": (_Engine.LOST, reason("no surrogates", "_Engine")),
    "many surrogates": (LOW * 100, reason("no surrogates", "'" + r"\udfff" * 9 + r"\udff" + "…")),
}
_INVALID_ARRAY: Rejected = {
    "null": (None, reason("array", "null")),
    "a string": ("pool-0", reason("array", "'pool-0'")),  # a sequence of strings, too
    "bytes": (b"", reason("array", "bytes")),
    "a set": ({"pool-0"}, reason("array", "set")),  # because it has no order
    "a range": (range(2), reason("array", "range")),
    "an iterator": (iter([]), reason("array", "list_iterator")),  # could be read only once
    "a UserList": (UserList[str](), reason("array", "UserList")),
}


def invalid_objects(message: Mapping[str, Any], value: object) -> Rejected:
    """Values that a reader does not accept as an object, though some hold the fields of the message."""
    return {
        "null": (None, reason("object", "null")),
        "a string": ("{}", reason("object", "'{}'")),
        "bytes": (b"{}", reason("object", "bytes")),
        "an empty array": ([], reason("object", "an array")),  # dict() accepts it
        "values by position": ([*message.values()], reason("object", "an array")),  # serde reads them as a struct
        "pairs": ([*message.items()], reason("object", "an array")),  # dict() accepts them
        "attributes": (SimpleNamespace(**message), reason("object", "SimpleNamespace")),
        "an instance": (value, reason("object", type(value).__name__)),
    }


_REJECTED: dict[str, Rejected] = {
    "u64": {**_INVALID_U64, "null": (None, reason("u64", "null"))},
    "opt u64": _INVALID_U64,
    "text": {**_INVALID_TEXT, "null": (None, reason("text", "null"))},
    "opt text": _INVALID_TEXT,
    "array of text": _INVALID_ARRAY,
    "array of GpuInfo": _INVALID_ARRAY,
}
_ALMOST_READY = ["ready", "READY", "", " Ready", "Ready\n", "Read", "Réady", "\uff32eady", "Online"]

REJECTED_VALUES: dict[str, Rejected] = {
    **_REJECTED,
    "NodeCapabilities": invalid_objects(_CAPABILITIES, NodeCapabilities(gpus=())),
    "HealthStatus": invalid_objects(_HEALTH, HealthStatus.from_dict(_HEALTH)),
    "HealthState": {
        **{name: (name, reason("HealthState", repr(name))) for name in _ALMOST_READY},
        "null": (None, reason("HealthState", "null")),
        "an index": (1, reason("HealthState", "1")),
        "an object": ({"Ready": None}, reason("HealthState", "an object")),  # serde reads this as Ready
        "bytes": (b"Ready", reason("HealthState", "bytes")),
        "convertible to Ready": (_Convertible(), reason("HealthState", "_Convertible")),
        "a lying string": (LyingString("Never"), reason("HealthState", "LyingString")),
    },
    "timestamp": {
        "another string": ("now", reason("timestamp", "'now'")),
        "seconds": (1759308690, reason("timestamp", "1759308690")),
        "null": (None, reason("timestamp", "null")),
        "an object": (dict.fromkeys(range(20)), reason("timestamp", "an object")),  # its len() is that of a timestamp
        "bytes": (b"2025-10-01T08:51:30Z", reason("timestamp", "bytes")),
        "a datetime": (datetime(2025, 10, 1, tzinfo=UTC), reason("timestamp", "datetime")),
        "a zone that raises": (datetime(2025, 10, 1, tzinfo=Zone(ValueError())), reason("timestamp", "datetime")),
    },
}
"""What the reader rejects in a field of each kind, with the reason of the error."""

_YEAR_0 = datetime(1, 1, 1, tzinfo=timezone(timedelta(minutes=1)))
_YEAR_10000 = datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(minutes=-1)))

REJECTED_ARGUMENTS: dict[str, Rejected] = {
    **_REJECTED,
    "NodeCapabilities": {"an object": (_CAPABILITIES, reason("a NodeCapabilities", "an object"))},
    "HealthStatus": {"an object": (_HEALTH, reason("a HealthStatus", "an object"))},
    "HealthState": {
        "its JSON string": ("Ready", reason("a HealthState such as HealthState.READY", "'Ready'")),
        "in lower case": ("ready", reason("a HealthState", "'ready'")),
        "another enum": (NodeStatus.DRAINING, reason("a HealthState such as HealthState.DRAINING", "NodeStatus")),
        "null": (None, reason("a HealthState", "null")),
    },
    "timestamp": {
        "a naive datetime": (datetime(2025, 10, 1, 8, 51, 30), reason("datetime", "a naive datetime")),  # noqa: DTZ001
        "year 0": (_YEAR_0, reason("datetime", "0001-01-01T00:00:00+00:01")),
        "year 10000": (_YEAR_10000, reason("datetime", "9999-12-31T23:59:59-00:01")),
        "day 99": (day_99(timezone(timedelta(0), "Z")), reason("datetime", "2025-10-99T00:00:00+00:00")),
        "day 99 in UTC": (day_99(UTC), reason("datetime", "2025-10-99T00:00:00+00:00")),
        # A datetime's own methods reject an offset of a day or more, but a tzinfo's utcoffset may return one.
        "an offset of a day": (datetime(2025, 10, 1, tzinfo=Zone(timedelta(1))), reason("datetime", "datetime")),
        "an offset of minus a day": (datetime(2025, 10, 1, tzinfo=Zone(timedelta(-1))), reason("datetime", "datetime")),
        "the most negative offset": (datetime(2025, 10, 1, tzinfo=Zone(timedelta.min)), reason("datetime", "datetime")),
        "a date": (date(2025, 10, 1), reason("datetime", "date")),
        "a time": (time(8, 51, 30, tzinfo=UTC), reason("datetime", "time")),
        "a datetime lookalike": (_DatetimeLookalike(), reason("datetime", "_DatetimeLookalike")),
        "a string": ("2025-10-01T08:51:30Z", reason("datetime", "'2025-10-01T08:51:30Z'")),
        "seconds": (1759308690, reason("datetime", "1759308690")),
        "null": (None, reason("datetime", "null")),
    },
}
"""What the constructor rejects in a field of each kind, with the reason of the error."""


SCALARS: dict[str, Any] = {"u64": U64, "text": Text, "timestamp": Timestamp}
"""The annotation of each kind of field that has one."""

SAMPLES: dict[WireClass, Any] = {cls: cls.from_dict(message) for cls, message in MESSAGES.items()}
VALUES: dict[WireClass, st.SearchStrategy[Any]] = {cls: st.from_type(cls) for cls in FIELDS}
"""The Hypothesis strategies that the package registers."""

classes = pytest.mark.parametrize("cls", FIELDS)
every_field = pytest.mark.parametrize(
    ("cls", "name"),
    [pytest.param(cls, name, id=f"{cls.__name__}.{name}") for cls, kinds in FIELDS.items() for name in kinds],
)
