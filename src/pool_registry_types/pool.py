"""Pools: engines that serve a model on a node."""

from dataclasses import dataclass
from typing import Any, final

from ._annotations import Text
from ._checks import optional, text
from ._wire import WireType, wire_type
from .health import HealthStatus


@final
@wire_type
@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSnapshot(WireType):
    """The state of a pool at one moment: its health, and the model it serves. Its key is ``(node_id, pool_id)``.

    Mirrors the Rust struct of the same name.

    Attributes:
        pool_id: Id of the pool, unique on its node, e.g. ``"pool-0"``.
        node_id: Id of the node that the pool is on, e.g. ``"gpu-node-1"``.
        health: The health of the pool.
        model: The loaded model, e.g. ``"llama-3.1-8b-instruct"``, if one is loaded.

    Raises:
        ValidationError: If an argument is not valid for its field.
    """

    pool_id: Text
    node_id: Text
    health: HealthStatus
    model: Text | None = None

    def is_available(self) -> bool:
        """Return whether the pool is ready and has a free slot."""
        return self.health.is_available()

    def to_dict(self) -> dict[str, Any]:
        return {
            "pool_id": self.pool_id,
            "node_id": self.node_id,
            "health": self.health.to_dict(),
            "model": self.model,
        }

    def _read(self: Any, data: dict[str, Any]) -> None:
        self.pool_id = text(data["pool_id"])
        self.node_id = text(data["node_id"])
        self.health = HealthStatus.from_dict(data["health"])
        self.model = optional(text, data.get("model"))


@final
@wire_type
@dataclass(frozen=True, slots=True, kw_only=True)
class PoolMetadata(WireType):
    """The engine and devices of a pool, which a pool manager sends when it has started an engine.

    Mirrors the Rust struct of the same name.

    Attributes:
        pool_id: Id of the pool, unique on its node, e.g. ``"pool-0"``.
        node_id: Id of the node that the pool is on, if known.
        engine: Inference engine, if known, e.g. ``"llamacpp"``.
        engine_version: Version of the engine, if known.
        device_mask: Devices that the pool may use, if known, e.g. ``"GPU0,GPU1"``.

    Raises:
        ValidationError: If an argument is not valid for its field.
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

    def _read(self: Any, data: dict[str, Any]) -> None:
        self.pool_id = text(data["pool_id"])
        self.node_id = optional(text, data.get("node_id"))
        self.engine = optional(text, data.get("engine"))
        self.engine_version = optional(text, data.get("engine_version"))
        self.device_mask = optional(text, data.get("device_mask"))
