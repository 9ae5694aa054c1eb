"""Pools: what serves a model on a node, and what that runs on."""

from dataclasses import dataclass
from typing import Any, final

from ._values import optional, text
from ._wire import WireType
from .health import HealthStatus


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSnapshot(WireType):
    """A pool at one moment; the Rust crate's ``PoolSnapshot``. Its key in a registry is ``(node_id, pool_id)``.

    Attributes:
        pool_id: Name of the pool, unique on its node, ``"pool-0"``.
        node_id: The node that the pool is on, ``"gpu-node-1"``.
        health: The health of the pool.
        model: The model that is loaded, ``"llama-3.1-8b-instruct"``, or None.

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
    """What a pool runs on; the Rust crate's ``PoolMetadata``. A pool manager sends it when it has started an engine.

    Attributes:
        pool_id: Name of the pool, unique on its node, ``"pool-0"``.
        node_id: The node that the pool is on, or None.
        engine: The inference engine, ``"llamacpp"``, or None.
        engine_version: The version of the engine, or None.
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
