"""Nodes: a machine with GPUs, its pools, and when it was last heard of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Self, final

from ._wire import (
    WireType,
    members_of,
    new,
    read_struct,
    read_structs,
    read_text,
    read_texts,
    read_timestamp,
    read_u64,
    slots_of,
    write_timestamp,
)
from .gpu import GpuInfo

HEARTBEAT_TIMEOUT: Final = timedelta(seconds=30)
"""How long after its last heartbeat a node still counts as online, unless the caller says otherwise."""


class NodeStatus(StrEnum):
    """The state of a node; the Rust crate's ``NodeStatus``. The control plane keeps it beside a NodeInfo."""

    REGISTERING = "Registering"
    """Registering with the control plane."""
    ONLINE = "Online"
    """Accepting tasks."""
    DRAINING = "Draining"
    """Finishing its tasks, accepting no new ones."""
    OFFLINE = "Offline"
    """Silent: heartbeats are missing."""
    FAILED = "Failed"
    """Broken."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCapabilities(WireType):
    """The hardware of a node; the Rust crate's ``NodeCapabilities``.

    Attributes:
        gpus: Its GPUs; a list is stored as a tuple.
        cpu_cores: CPU cores, 0 to 2^64-1; None: unknown.
        ram_total_bytes: Memory in bytes, 0 to 2^64-1; None: unknown.

    Raises:
        ValidationError: An argument is not what its field allows.
    """

    gpus: tuple[GpuInfo, ...]
    cpu_cores: int | None = None
    ram_total_bytes: int | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "gpus": [gpu.to_dict() for gpu in self.gpus],
            "cpu_cores": self.cpu_cores,
            "ram_total_bytes": self.ram_total_bytes,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        members = data if type(data) is dict else members_of(cls, data)
        self = new(cls)
        read_structs(self, members, _NODE_CAPABILITIES.gpus, GpuInfo)
        read_u64(self, members, _NODE_CAPABILITIES.cpu_cores, optional=True)
        read_u64(self, members, _NODE_CAPABILITIES.ram_total_bytes, optional=True)
        return self


_NODE_CAPABILITIES: Final = slots_of(NodeCapabilities)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class NodeInfo(WireType):
    """A node as the registry knows it; the Rust crate's ``NodeInfo``.

    An aware datetime of any zone is stored in UTC, a list of pools as a tuple.

    Attributes:
        node_id: Unique in the registry, ``"gpu-node-1"``.
        hostname: ``"machine-alpha"``.
        endpoint: Base URL of the node's pool manager, ``"http://192.168.1.100:9200"``.
        pools: Ids of the pools on this node, ``("pool-0", "pool-1")``.
        capabilities: Its hardware.
        registered_at: When it registered, in UTC.
        last_heartbeat: When it was last heard of, in UTC.

    Raises:
        ValidationError: An argument is not what its field allows.
    """

    node_id: str
    hostname: str
    endpoint: str
    pools: tuple[str, ...]
    capabilities: NodeCapabilities
    registered_at: datetime
    last_heartbeat: datetime

    def is_online(self, *, now: datetime | None = None, timeout: timedelta = HEARTBEAT_TIMEOUT) -> bool:
        """Return whether the last heartbeat is at most ``timeout`` old; one from the future counts as fresh.

        Args:
            now: An aware datetime; the clock's when absent.
            timeout: The age up to which a heartbeat counts.
        """
        if now is None:
            now = datetime.now(UTC)
        return now - self.last_heartbeat <= timeout

    def is_available(self, *, now: datetime | None = None, timeout: timedelta = HEARTBEAT_TIMEOUT) -> bool:
        """Return whether the node is online and has at least one pool; arguments as for ``is_online``."""
        return bool(self.pools) and self.is_online(now=now, timeout=timeout)

    def to_dict(self) -> dict[str, Any]:
        return {
            "node_id": self.node_id,
            "hostname": self.hostname,
            "endpoint": self.endpoint,
            "pools": [*self.pools],
            "capabilities": self.capabilities.to_dict(),
            "registered_at": write_timestamp(self.registered_at),
            "last_heartbeat": write_timestamp(self.last_heartbeat),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        members = data if type(data) is dict else members_of(cls, data)
        self = new(cls)
        read_text(self, members, _NODE_INFO.node_id)
        read_text(self, members, _NODE_INFO.hostname)
        read_text(self, members, _NODE_INFO.endpoint)
        read_texts(self, members, _NODE_INFO.pools)
        read_struct(self, members, _NODE_INFO.capabilities, NodeCapabilities)
        read_timestamp(self, members, _NODE_INFO.registered_at)
        read_timestamp(self, members, _NODE_INFO.last_heartbeat)
        return self


_NODE_INFO: Final = slots_of(NodeInfo)
