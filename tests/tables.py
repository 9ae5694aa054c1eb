"""The wire as tables: the fields of each type, a document of each type, and what each kind of field refuses."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Any

from pool_registry_types import (
    GpuCapabilities,
    GpuInfo,
    HealthStatus,
    NodeCapabilities,
    NodeInfo,
    PoolMetadata,
    PoolSnapshot,
)

WireClass = type[Any]

FIELDS: dict[WireClass, dict[str, str]] = {
    GpuInfo: {
        "device_id": "u64",
        "name": "text",
        "vram_total_mb": "u64",
        "cuda_compute_capability": "text",
    },
    GpuCapabilities: {
        "gpu_count": "u64",
        "total_vram_mb": "u64",
        "cuda_version": "opt text",
    },
    NodeCapabilities: {
        "gpus": "array of GpuInfo",
        "cpu_cores": "opt u64",
        "ram_total_bytes": "opt u64",
    },
    NodeInfo: {
        "node_id": "text",
        "hostname": "text",
        "endpoint": "text",
        "pools": "array of text",
        "capabilities": "NodeCapabilities",
        "registered_at": "timestamp",
        "last_heartbeat": "timestamp",
    },
    HealthStatus: {
        "state": "HealthState",
        "slots_total": "u64",
        "slots_free": "u64",
        "last_check": "timestamp",
    },
    PoolSnapshot: {
        "pool_id": "text",
        "node_id": "text",
        "health": "HealthStatus",
        "model": "opt text",
    },
    PoolMetadata: {
        "pool_id": "text",
        "node_id": "opt text",
        "engine": "opt text",
        "engine_version": "opt text",
        "device_mask": "opt text",
    },
}  # fmt: skip

_GPU: dict[str, Any] = {
    "device_id": 0,
    "name": "NVIDIA RTX 4090",
    "vram_total_mb": 24_000,
    "cuda_compute_capability": "8.9",
}
_CAPABILITIES: dict[str, Any] = {"gpus": [_GPU], "cpu_cores": 16, "ram_total_bytes": 64_000_000_000}
_HEALTH: dict[str, Any] = {
    "state": "Ready",
    "slots_total": 4,
    "slots_free": 3,
    "last_check": "2025-10-01T08:51:30.120Z",
}

DOCUMENTS: dict[WireClass, dict[str, Any]] = {
    GpuInfo: _GPU,
    GpuCapabilities: {"gpu_count": 2, "total_vram_mb": 48_000, "cuda_version": "12.1"},
    NodeCapabilities: _CAPABILITIES,
    NodeInfo: {
        "node_id": "gpu-node-1",
        "hostname": "machine-alpha",
        "endpoint": "http://192.168.1.100:9200",
        "pools": ["pool-0", "pool-1"],
        "capabilities": _CAPABILITIES,
        "registered_at": "2025-10-01T08:51:30Z",
        "last_heartbeat": "2025-10-01T08:52:00.123456Z",
    },
    HealthStatus: _HEALTH,
    PoolSnapshot: {
        "pool_id": "pool-0",
        "node_id": "gpu-node-1",
        "health": _HEALTH,
        "model": "llama-3.1-8b-instruct",
    },
    PoolMetadata: {
        "pool_id": "pool-0",
        "node_id": "gpu-node-1",
        "engine": "llamacpp",
        "engine_version": "b3600",
        "device_mask": "GPU0,GPU1",
    },
}
"""A document of each type, its members in wire order and none of them null."""

_U64 = "expected an integer from 0 to 18446744073709551615, got "
_TEXT = "expected a string, got "
_SCALARS = "expected a string without lone surrogates, got "
_ARRAY = "expected an array, got "
_OBJECT = "expected an object, got "
_STATE = "expected one of Initializing, Ready, Draining, Failed, Offline, got "
_TIMESTAMP = "expected an ISO 8601 timestamp with an offset, in years 1 to 9999 UTC, got "
_DATETIME = "expected an aware datetime in years 1 to 9999 UTC, got "


class _Moment:
    """What arrow and others offer in a datetime's place, and no datetime."""

    tzinfo, fold = UTC, 0
    utcoffset = staticmethod(timedelta)
    date = staticmethod(date.today)
    time = staticmethod(time)


class _Device(IntEnum):
    LOST = -1


class _Engine(StrEnum):
    LOST = "\udfff"


_NO_U64: list[tuple[Any, str]] = [
    (-1, _U64 + "-1"),
    (2**64, _U64 + "18446744073709551616"),
    (True, _U64 + "true"),
    (False, _U64 + "false"),
    (1.0, _U64 + "1.0"),
    (float("inf"), _U64 + "Infinity"),
    (Decimal(1), _U64 + "Decimal"),
    ("1", _U64 + "'1'"),
    ([], _U64 + "an array"),
    (_Device.LOST, _U64 + "-1"),
    (2**600, _U64 + "an integer of 601 bits"),
]
_NO_TEXT: list[tuple[Any, str]] = [
    (1, _TEXT + "1"),
    (False, _TEXT + "false"),
    (b"a", _TEXT + "bytes"),
    (["a"], _TEXT + "an array"),
    ("a\ud800b", _SCALARS + r"'a\ud800b'"),
    (_Engine.LOST, _SCALARS + "_Engine"),
    ("\udfff" * 100, _SCALARS + "'" + r"\udfff" * 9 + r"\udff" + "…"),
]
_NO_ARRAY: list[tuple[Any, str]] = [
    (None, _ARRAY + "null"),
    ("pool-0", _ARRAY + "'pool-0'"),
    ({"pool-0": 1}, _ARRAY + "an object"),
    ({"pool-0"}, _ARRAY + "set"),
    (range(2), _ARRAY + "range"),
    (iter([]), _ARRAY + "list_iterator"),
]
_REFUSED: dict[str, list[tuple[Any, str]]] = {
    "u64": [*_NO_U64, (None, _U64 + "null")],
    "opt u64": _NO_U64,
    "text": [*_NO_TEXT, (None, _TEXT + "null")],
    "opt text": _NO_TEXT,
    "array of text": _NO_ARRAY,
    "array of GpuInfo": _NO_ARRAY,
}

REFUSED_MEMBERS: dict[str, list[tuple[Any, str]]] = {
    **_REFUSED,
    "NodeCapabilities": [(None, _OBJECT + "null"), ([], _OBJECT + "an array"), ("{}", _OBJECT + "'{}'")],
    "HealthStatus": [(None, _OBJECT + "null"), ([["state", "Ready"]], _OBJECT + "an array")],
    "HealthState": [
        ("ready", _STATE + "'ready'"),
        ("READY", _STATE + "'READY'"),
        ("", _STATE + "''"),
        (None, _STATE + "null"),
        (1, _STATE + "1"),
        ({"Ready": None}, _STATE + "an object"),
        (["Ready"], _STATE + "an array"),
        (b"Ready", _STATE + "bytes"),
    ],
    "timestamp": [
        ("now", _TIMESTAMP + "'now'"),
        (1759308690, _TIMESTAMP + "1759308690"),
        (None, _TIMESTAMP + "null"),
        ({}, _TIMESTAMP + "an object"),
        (dict.fromkeys(range(20)), _TIMESTAMP + "an object"),
        (b"2025-10-01T08:51:30Z", _TIMESTAMP + "bytes"),
        (datetime(2025, 10, 1, tzinfo=UTC), _TIMESTAMP + "2025-10-01T00:00:00+00:00"),
    ],
}
"""What the reader refuses for a field of each kind, and the reason that it gives."""

REFUSED_ARGUMENTS: dict[str, list[tuple[Any, str]]] = {
    **_REFUSED,
    "NodeCapabilities": [
        ({}, "expected a NodeCapabilities, got an object"),
        (None, "expected a NodeCapabilities, got null"),
    ],
    "HealthStatus": [({}, "expected a HealthStatus, got an object"), (None, "expected a HealthStatus, got null")],
    "HealthState": [("Ready", "expected a HealthState, got 'Ready'"), (None, "expected a HealthState, got null")],
    "timestamp": [
        (datetime(2025, 10, 1, 8, 51, 30), _DATETIME + "a naive datetime"),  # noqa: DTZ001
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(minutes=1))), _DATETIME + "0001-01-01T00:00:00+00:01"),
        (
            datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(-timedelta(minutes=1))),
            _DATETIME + "9999-12-31T23:59:59-00:01",
        ),
        (date(2025, 10, 1), _DATETIME + "date"),
        (time(8, 51, 30, tzinfo=UTC), _DATETIME + "time"),
        (_Moment(), _DATETIME + "_Moment"),
        ("2025-10-01T08:51:30Z", _DATETIME + "'2025-10-01T08:51:30Z'"),
        (1759308690, _DATETIME + "1759308690"),
        (None, _DATETIME + "null"),
    ],
}
"""What the constructor refuses for a field of each kind, and the reason that it gives."""
