"""Health: the state of a pool and its free slots."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, final

from ._annotations import U64, Timestamp
from ._checks import enum_member, u64
from ._rfc3339 import format_utc, parse_timestamp
from ._wire import WireType, wire_type


class HealthState(StrEnum):
    """What a pool is doing."""

    INITIALIZING = "Initializing"
    """Starting up."""
    READY = "Ready"
    """Accepting requests."""
    DRAINING = "Draining"
    """Finishing its current requests, accepting no new ones."""
    FAILED = "Failed"
    """Unhealthy."""
    OFFLINE = "Offline"
    """Stopped."""


_STATES: Final = {str(state): state for state in HealthState}


@final
@wire_type
@dataclass(frozen=True, slots=True, kw_only=True)
class HealthStatus(WireType):
    """The health of a pool at its last check.

    Mirrors the Rust struct of the same name. The constructor converts ``last_check`` to UTC. ``slots_free`` may exceed
    ``slots_total``.

    Attributes:
        state: What the pool is doing.
        slots_total: Number of request slots.
        slots_free: Number of request slots that were free at the check.
        last_check: When the pool was checked, in UTC.

    Raises:
        ValidationError: If an argument is not valid for its field.
    """

    state: HealthState
    slots_total: U64
    slots_free: U64
    last_check: Timestamp

    def is_available(self) -> bool:
        """Return whether the pool is ready and has a free slot."""
        return self.state is HealthState.READY and self.slots_free > 0

    def to_dict(self) -> dict[str, Any]:
        return {
            "state": str(self.state),
            "slots_total": self.slots_total,
            "slots_free": self.slots_free,
            "last_check": format_utc(self.last_check),
        }

    def _read(self: Any, data: dict[str, Any]) -> None:
        self.state = enum_member(_STATES, data["state"])
        self.slots_total = u64(data["slots_total"])
        self.slots_free = u64(data["slots_free"])
        self.last_check = parse_timestamp(data["last_check"])
