"""Nodes: machines with GPUs, and when each was last heard from."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, final

from ._annotations import U64, Text, Timestamp
from ._checks import array, optional, text, u64
from ._rfc3339 import format_utc, parse_timestamp
from ._wire import WireType, wire_type
from .gpu import GpuInfo

HEARTBEAT_TIMEOUT: Final = timedelta(seconds=30)
"""How old a node's last heartbeat may be before the node counts as offline."""


class NodeStatus(StrEnum):
    """The state of a node, tracked by the orchestrator. It is not a field of NodeInfo."""

    REGISTERING = "Registering"
    """Registering with the orchestrator."""
    ONLINE = "Online"
    """Accepting tasks."""
    DRAINING = "Draining"
    """Finishing its current tasks, accepting no new ones."""
    OFFLINE = "Offline"
    """Without a recent heartbeat."""
    FAILED = "Failed"
    """Unhealthy."""


@final
@wire_type
@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCapabilities(WireType):
    """The hardware of a node.

    Mirrors the Rust struct of the same name. The constructor stores a list of GPUs as a tuple.

    Attributes:
        gpus: The GPUs of the node.
        cpu_cores: Number of CPU cores, if known.
        ram_total_bytes: Memory in bytes, if known.

    Raises:
        ValidationError: If an argument is not valid for its field.
    """

    gpus: tuple[GpuInfo, ...]
    cpu_cores: U64 | None = None
    ram_total_bytes: U64 | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "gpus": [gpu.to_dict() for gpu in self.gpus],
            "cpu_cores": self.cpu_cores,
            "ram_total_bytes": self.ram_total_bytes,
        }

    def _read(self: Any, data: dict[str, Any]) -> None:
        self.gpus = array(GpuInfo.from_dict, data["gpus"])
        self.cpu_cores = optional(u64, data.get("cpu_cores"))
        self.ram_total_bytes = optional(u64, data.get("ram_total_bytes"))


@final
@wire_type
@dataclass(frozen=True, slots=True, kw_only=True)
class NodeInfo(WireType):
    """A GPU node. A pool manager sends it to register, and again as a heartbeat.

    Mirrors the Rust struct of the same name. The constructor stores a list of pools as a tuple, and converts timestamps
    to UTC.

    Attributes:
        node_id: Id of the node, unique among all nodes, e.g. ``"gpu-node-1"``.
        hostname: Name of the machine, e.g. ``"machine-alpha"``.
        endpoint: Base URL of the node's pool manager, e.g. ``"http://192.168.1.100:9200"``.
        pools: Ids of the pools on the node, e.g. ``"pool-0"`` and ``"pool-1"``.
        capabilities: The hardware of the node.
        registered_at: When the node registered, in UTC.
        last_heartbeat: When the node was last heard from, in UTC.

    Raises:
        ValidationError: If an argument is not valid for its field.
    """

    node_id: Text
    hostname: Text
    endpoint: Text
    pools: tuple[Text, ...]
    capabilities: NodeCapabilities
    registered_at: Timestamp
    last_heartbeat: Timestamp

    def is_online(self, *, now: Timestamp | None = None, timeout: timedelta = HEARTBEAT_TIMEOUT) -> bool:
        """Return whether the last heartbeat is at most ``timeout`` old. A heartbeat in the future counts as fresh.

        Args:
            now: An aware datetime; defaults to the current time.
            timeout: How old the heartbeat may be; defaults to 30 seconds.

        Raises:
            TypeError: If ``now`` is not an aware datetime, or ``timeout`` is not a timedelta.
        """
        if now is None:
            now = datetime.now(UTC)
        return now - self.last_heartbeat <= timeout

    def is_available(self, *, now: Timestamp | None = None, timeout: timedelta = HEARTBEAT_TIMEOUT) -> bool:
        """Return whether the node is online and has at least one pool. Takes the same arguments as ``is_online``."""
        return self.is_online(now=now, timeout=timeout) and len(self.pools) > 0

    def to_dict(self) -> dict[str, Any]:
        return {
            "node_id": self.node_id,
            "hostname": self.hostname,
            "endpoint": self.endpoint,
            "pools": [*self.pools],
            "capabilities": self.capabilities.to_dict(),
            "registered_at": format_utc(self.registered_at),
            "last_heartbeat": format_utc(self.last_heartbeat),
        }

    def _read(self: Any, data: dict[str, Any]) -> None:
        self.node_id = text(data["node_id"])
        self.hostname = text(data["hostname"])
        self.endpoint = text(data["endpoint"])
        self.pools = array(text, data["pools"])
        self.capabilities = NodeCapabilities.from_dict(data["capabilities"])
        self.registered_at = parse_timestamp(data["registered_at"])
        self.last_heartbeat = parse_timestamp(data["last_heartbeat"])
