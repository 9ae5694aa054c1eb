"""Who is online, and what is available."""

import inspect
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import SAMPLES, named
from pool_registry_types import HEARTBEAT_TIMEOUT, HealthState, HealthStatus, NodeInfo, PoolSnapshot
from strategies import VALUES

NODE: NodeInfo = SAMPLES[NodeInfo]
BEAT = NODE.last_heartbeat
SECOND, MICROSECOND = timedelta(seconds=1), timedelta(microseconds=1)


def test_a_heartbeat_counts_for_thirty_seconds() -> None:
    assert timedelta(seconds=30) == HEARTBEAT_TIMEOUT
    for ask in NodeInfo.is_online, NodeInfo.is_available:
        defaults = {name: parameter.default for name, parameter in inspect.signature(ask).parameters.items()}
        assert defaults == {"self": inspect.Parameter.empty, "now": None, "timeout": HEARTBEAT_TIMEOUT}
        assert defaults["timeout"] is HEARTBEAT_TIMEOUT


@given(VALUES[NodeInfo], VALUES[PoolSnapshot], st.timedeltas())
def test_nothing_else_is_looked_at(node: NodeInfo, pool: PoolSnapshot, timeout: timedelta) -> None:
    now = NODE.last_heartbeat
    assert node.is_online(now=now, timeout=timeout) is (now - node.last_heartbeat <= timeout)
    assert node.is_available(now=now, timeout=timeout) is (
        node.is_online(now=now, timeout=timeout) and node.pools != ()
    )
    assert pool.is_available() is pool.health.is_available()
    assert pool.health.is_available() is (pool.health.state == "Ready" and pool.health.slots_free != 0)


@pytest.mark.parametrize("pools", [("",), ("", ""), ("pool-0",), ("pool-0", "pool-0")])
def test_a_pool_counts_whatever_its_name(pools: tuple[str, ...]) -> None:
    bare = replace(NODE, pools=pools, capabilities=replace(NODE.capabilities, gpus=()), endpoint="", hostname="")
    assert bare.is_available(now=BEAT)
    assert replace(bare, registered_at=datetime.max.replace(tzinfo=UTC)).is_available(now=BEAT)
    assert replace(bare, registered_at=datetime.min.replace(tzinfo=UTC)).is_available(now=BEAT)


@pytest.mark.parametrize(
    ("age", "timeout", "online"),
    [
        (timedelta(0), HEARTBEAT_TIMEOUT, True),
        (30 * SECOND, HEARTBEAT_TIMEOUT, True),
        (30 * SECOND + MICROSECOND, HEARTBEAT_TIMEOUT, False),
        (-30 * SECOND, HEARTBEAT_TIMEOUT, True),
        (timedelta(days=-3650), HEARTBEAT_TIMEOUT, True),
        (timedelta(days=3650), HEARTBEAT_TIMEOUT, False),
        (SECOND, SECOND, True),
        (SECOND + MICROSECOND, SECOND, False),
        (timedelta(0), timedelta(0), True),
        (MICROSECOND, timedelta(0), False),
        (-SECOND, -2 * SECOND, False),
        (timedelta(days=999), timedelta.max, True),
    ],
)
def test_a_node_is_online_while_its_heartbeat_is_fresh(age: timedelta, timeout: timedelta, online: bool) -> None:
    for zone in (UTC, timezone(timedelta(hours=-8)), timezone(timedelta(hours=14))):
        now = (BEAT + age).astimezone(zone)
        assert NODE.is_online(now=now, timeout=timeout) is online
        assert NODE.is_available(now=now, timeout=timeout) is online
        assert replace(NODE, pools=()).is_online(now=now, timeout=timeout) is online
        assert replace(NODE, pools=()).is_available(now=now, timeout=timeout) is False


@pytest.mark.parametrize("now", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
@pytest.mark.parametrize("beat", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_no_clock_is_too_far_off(now: datetime, beat: datetime) -> None:
    assert replace(NODE, last_heartbeat=beat).is_online(now=now) is (now <= beat)


def test_the_clock_is_asked_when_no_time_is_given() -> None:
    alive = replace(NODE, last_heartbeat=datetime.now(UTC))
    dead = replace(NODE, last_heartbeat=datetime.now(UTC) - timedelta(seconds=31))
    assert (alive.is_online(), alive.is_available()) == (True, True)
    assert (dead.is_online(), dead.is_available()) == (False, False)
    assert dead.is_online(timeout=timedelta(minutes=1))
    assert dead.is_available(timeout=timedelta(minutes=1))


def test_times_are_given_by_keyword() -> None:
    with pytest.raises(TypeError, match="positional"):
        NODE.is_online(BEAT)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="positional"):
        NODE.is_available(BEAT)  # type: ignore[call-arg]


@pytest.mark.parametrize("pools", [("pool-0",), ()])
@pytest.mark.parametrize(
    "arguments",
    named(
        {
            "a naive datetime": {"now": datetime(2025, 10, 1)},  # noqa: DTZ001
            "a date": {"now": BEAT.date()},
            "seconds": {"now": BEAT.timestamp()},
            "0": {"now": 0},
            "False": {"now": False},
            "no text": {"now": ""},
            "no duration": {"now": timedelta(0)},
            "seconds to wait": {"timeout": 30},
            "0 seconds to wait": {"timeout": 0},
            "no timeout": {"timeout": None},
        }
    ),
)
def test_a_time_of_another_type_is_a_type_error(pools: tuple[str, ...], arguments: dict[str, Any]) -> None:
    node = replace(NODE, pools=pools)
    for ask in node.is_online, node.is_available:
        with pytest.raises(TypeError):
            ask(**arguments)


@pytest.mark.parametrize(
    ("state", "slots_total", "slots_free", "available"),
    [
        (HealthState.READY, 4, 1, True),
        (HealthState.READY, 4, 0, False),
        (HealthState.READY, 0, 1, True),
        (HealthState.READY, 4, 2**64 - 1, True),
        (HealthState.INITIALIZING, 4, 4, False),
        (HealthState.DRAINING, 4, 4, False),
        (HealthState.FAILED, 4, 4, False),
        (HealthState.OFFLINE, 4, 4, False),
    ],
)
def test_a_pool_is_available_when_it_is_ready_and_has_a_free_slot(
    state: HealthState, slots_total: int, slots_free: int, available: bool
) -> None:
    health = HealthStatus(state=state, slots_total=slots_total, slots_free=slots_free, last_check=BEAT)
    assert health.is_available() is available
    for text in "pool-0", "":
        for model in "llama", "", None:
            assert PoolSnapshot(pool_id=text, node_id=text, health=health, model=model).is_available() is available
