"""Pools: a model that a node serves, and what it is served with."""

from dataclasses import dataclass
from typing import Any, final

from ._values import optional, text
from ._wire import WireType
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

    def _read(self, members: dict[str, Any]) -> None:
        put = self._put
        put.pool_id(self, text(members["pool_id"]))
        put.node_id(self, text(members["node_id"]))
        put.health(self, HealthStatus.from_dict(members["health"]))
        put.model(self, optional(text, members.get("model")))


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

    def _read(self, members: dict[str, Any]) -> None:
        put = self._put
        put.pool_id(self, text(members["pool_id"]))
        put.node_id(self, optional(text, members.get("node_id")))
        put.engine(self, optional(text, members.get("engine")))
        put.engine_version(self, optional(text, members.get("engine_version")))
        put.device_mask(self, optional(text, members.get("device_mask")))
