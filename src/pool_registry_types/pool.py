"""Pools: a model that a node serves, and what it is served with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self, final

from ._wire import WireType, members_of, new, read_struct, read_text, slots_of
from .health import HealthStatus


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSnapshot(WireType):
    """A pool at one moment; the Rust crate's ``PoolSnapshot``.

    Attributes:
        pool_id: ``"pool-0"``.
        node_id: The node that it runs on, ``"gpu-node-1"``.
        health: Its health.
        model: The model loaded, ``"llama-3.1-8b-instruct"``; None: none loaded.

    Raises:
        ValidationError: An argument is not what its field allows.
    """

    pool_id: str
    node_id: str
    health: HealthStatus
    model: str | None = None

    def is_available(self) -> bool:
        """Return whether the pool's health is available: ready, with a free slot."""
        return self.health.is_available()

    def to_dict(self) -> dict[str, Any]:
        return {
            "pool_id": self.pool_id,
            "node_id": self.node_id,
            "health": self.health.to_dict(),
            "model": self.model,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        members = data if type(data) is dict else members_of(cls, data)
        self = new(cls)
        read_text(self, members, _POOL_SNAPSHOT.pool_id)
        read_text(self, members, _POOL_SNAPSHOT.node_id)
        read_struct(self, members, _POOL_SNAPSHOT.health, HealthStatus)
        read_text(self, members, _POOL_SNAPSHOT.model, optional=True)
        return self


_POOL_SNAPSHOT: Final = slots_of(PoolSnapshot)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PoolMetadata(WireType):
    """What a pool is served with; which the Rust crate names, too.

    Attributes:
        pool_id: ``"pool-0"``.
        node_id: The node that it runs on, or None.
        engine: The inference engine, ``"llamacpp"``, or None.
        engine_version: Its version, or None.
        device_mask: The devices that the pool may use, ``"GPU0,GPU1"``, or None.

    Raises:
        ValidationError: An argument is not what its field allows.
    """

    pool_id: str
    node_id: str | None = None
    engine: str | None = None
    engine_version: str | None = None
    device_mask: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "pool_id": self.pool_id,
            "node_id": self.node_id,
            "engine": self.engine,
            "engine_version": self.engine_version,
            "device_mask": self.device_mask,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        members = data if type(data) is dict else members_of(cls, data)
        self = new(cls)
        read_text(self, members, _POOL_METADATA.pool_id)
        read_text(self, members, _POOL_METADATA.node_id, optional=True)
        read_text(self, members, _POOL_METADATA.engine, optional=True)
        read_text(self, members, _POOL_METADATA.engine_version, optional=True)
        read_text(self, members, _POOL_METADATA.device_mask, optional=True)
        return self


_POOL_METADATA: Final = slots_of(PoolMetadata)
