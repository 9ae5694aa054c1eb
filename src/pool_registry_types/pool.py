"""Pools: what serves a model on a node, and what that runs on."""

from dataclasses import dataclass
from typing import Any, final

from ._annotations import Text
from ._checks import optional, text
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

    pool_id: Text
    node_id: Text
    health: HealthStatus
    model: Text | None = None

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

    @staticmethod
    def _read(draft: Any, members: dict[str, Any]) -> None:
        draft.pool_id = text(members["pool_id"])
        draft.node_id = text(members["node_id"])
        draft.health = HealthStatus.from_dict(members["health"])
        draft.model = optional(text, members.get("model"))


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

    pool_id: Text
    node_id: Text | None = None
    engine: Text | None = None
    engine_version: Text | None = None
    device_mask: Text | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "pool_id": self.pool_id,
            "node_id": self.node_id,
            "engine": self.engine,
            "engine_version": self.engine_version,
            "device_mask": self.device_mask,
        }

    @staticmethod
    def _read(draft: Any, members: dict[str, Any]) -> None:
        draft.pool_id = text(members["pool_id"])
        draft.node_id = optional(text, members.get("node_id"))
        draft.engine = optional(text, members.get("engine"))
        draft.engine_version = optional(text, members.get("engine_version"))
        draft.device_mask = optional(text, members.get("device_mask"))
