"""Typed, validated messages between a GPU cluster's orchestrator and its nodes.

    >>> from pool_registry_types import GpuInfo
    >>> gpu = GpuInfo(device_id=0, name="L4", vram_total_mb=24_000, cuda_compute_capability="8.9")
    >>> GpuInfo.from_json(gpu.to_json()) == gpu
    True
    >>> GpuInfo.from_dict(gpu.to_dict() | {"name": 0})
    Traceback (most recent call last):
    pool_registry_types.ValidationError: GpuInfo.name: expected a string, got 0

Nodes:
    NodeInfo: A GPU node, with ``is_online()`` and ``is_available()``.
    NodeCapabilities: The hardware of a node.
    GpuInfo: One GPU of a node.
    GpuCapabilities: A summary of a node's GPUs.
    NodeStatus: The state of a node, tracked by the orchestrator.
    HEARTBEAT_TIMEOUT: How old the last heartbeat of an online node may be.

Pools:
    PoolSnapshot: The state of a pool at one moment, with ``is_available()``.
    HealthStatus: The health of a pool at its last check.
    HealthState: What a pool is doing.
    PoolMetadata: The engine and devices of a pool.

Messages of your own:
    U64, Text, Timestamp: Annotations for their fields.
    parse_json, format_json: Read and write I-JSON.
    parse_timestamp, format_timestamp: Read and write timestamps.

Generic code:
    WireType: The base class of the types, but not of the enums.

Errors:
    ValidationError: Raised for invalid data, wherever it is found.
"""

from ._annotations import U64, Text, Timestamp
from ._ijson import format_json, parse_json
from ._rfc3339 import format_timestamp, parse_timestamp
from ._wire import WireType
from ._wire import reject_old_pickle as _restore  # noqa: F401  pickles of 0.3.0 refer to it
from .errors import ValidationError
from .gpu import GpuCapabilities, GpuInfo
from .health import HealthState, HealthStatus
from .node import HEARTBEAT_TIMEOUT, NodeCapabilities, NodeInfo, NodeStatus
from .pool import PoolMetadata, PoolSnapshot

__version__ = "0.5.0"

__all__ = [
    "HEARTBEAT_TIMEOUT", "U64", "GpuCapabilities", "GpuInfo", "HealthState", "HealthStatus", "NodeCapabilities",
    "NodeInfo", "NodeStatus", "PoolMetadata", "PoolSnapshot", "Text", "Timestamp", "ValidationError", "WireType",
    "format_json", "format_timestamp", "parse_json", "parse_timestamp",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
