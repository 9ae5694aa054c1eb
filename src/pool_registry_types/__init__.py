"""The types that a control plane and its GPU nodes exchange over HTTP/JSON.

Frozen dataclasses that check their values, read and write the JSON of the Rust peers (serde and chrono), and answer
whether a node or a pool is available.
"""

from ._annotations import U64, Text, Timestamp
from ._ijson import format_json, parse_json
from ._rfc3339 import format_timestamp, parse_timestamp
from ._wire import _restore as _restore
from .errors import ValidationError
from .gpu import GpuCapabilities, GpuInfo
from .health import HealthState, HealthStatus
from .node import HEARTBEAT_TIMEOUT, NodeCapabilities, NodeInfo, NodeStatus
from .pool import PoolMetadata, PoolSnapshot

_TYPES = (GpuInfo, GpuCapabilities, NodeCapabilities, NodeInfo, HealthStatus, PoolSnapshot, PoolMetadata)

__version__ = "0.3.0"

__all__ = [
    "HEARTBEAT_TIMEOUT",
    "U64",
    "GpuCapabilities",
    "GpuInfo",
    "HealthState",
    "HealthStatus",
    "NodeCapabilities",
    "NodeInfo",
    "NodeStatus",
    "PoolMetadata",
    "PoolSnapshot",
    "Text",
    "Timestamp",
    "ValidationError",
    "format_json",
    "format_timestamp",
    "parse_json",
    "parse_timestamp",
]
