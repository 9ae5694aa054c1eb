"""The types that a control plane and its GPU nodes exchange over HTTP/JSON.

Frozen dataclasses that check their values, read and write the JSON of the Rust peers (serde and chrono), and answer
whether a node or a pool is available.
"""

from .errors import ValidationError
from .gpu import GpuCapabilities, GpuInfo
from .health import HealthState, HealthStatus
from .node import HEARTBEAT_TIMEOUT, NodeCapabilities, NodeInfo, NodeStatus
from .pool import PoolMetadata, PoolSnapshot
from .timestamps import format_timestamp, parse_timestamp

__version__ = "0.2.0"

__all__ = [
    "HEARTBEAT_TIMEOUT",
    "GpuCapabilities",
    "GpuInfo",
    "HealthState",
    "HealthStatus",
    "NodeCapabilities",
    "NodeInfo",
    "NodeStatus",
    "PoolMetadata",
    "PoolSnapshot",
    "ValidationError",
    "format_timestamp",
    "parse_timestamp",
]
