"""The predicates ``is_online`` and ``is_available``."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fields import SAMPLES, VALUES
from pool_registry_types import HEARTBEAT_TIMEOUT, HealthState, HealthStatus, NodeInfo, PoolSnapshot

NODE: NodeInfo = SAMPLES[NodeInfo]
BEAT = NODE.last_heartbeat
SECOND, MICROSECOND = timedelta(seconds=1), timedelta(microseconds=1)
ENDS_OF_TIME = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


def test_a_heartbeat_is_fresh_for_thirty_seconds() -> None:
    assert timedelta(seconds=30) == HEARTBEAT_TIMEOUT
    for predicate in NODE.is_online, NODE.is_available:
        assert (predicate(now=BEAT + 30 * SECOND), predicate(now=BEAT + 30 * SECOND + MICROSECOND)) == (True, False)


@given(VALUES[NodeInfo], VALUES[PoolSnapshot], st.timedeltas())
def test_unrelated_fields_do_not_affect_a_predicate(node: NodeInfo, pool: PoolSnapshot, timeout: timedelta) -> None:
    online = BEAT - node.last_heartbeat <= timeout
    assert node.is_online(now=BEAT, timeout=timeout) is online
    assert node.is_available(now=BEAT, timeout=timeout) is (online and node.pools != ())
    assert pool.is_available() is pool.health.is_available()
    assert pool.health.is_available() is (pool.health.state == "Ready" and pool.health.slots_free != 0)


@pytest.mark.parametrize(
    ("age", "timeout", "online"),
    [
        (timedelta(0), HEARTBEAT_TIMEOUT, True),
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


def test_is_online_at_the_ends_of_time() -> None:
    for now, beat in itertools.product(ENDS_OF_TIME, ENDS_OF_TIME):
        assert replace(NODE, last_heartbeat=beat).is_online(now=now) is (now <= beat)


def test_the_clock_is_used_if_no_time_is_given() -> None:
    node = replace(NODE, last_heartbeat=datetime.now(UTC) - timedelta(seconds=31))
    for predicate in node.is_online, node.is_available:
        assert (predicate(), predicate(timeout=timedelta(hours=1))) == (False, True)


@pytest.mark.parametrize(
    "arguments",
    [
        {"now": datetime(2025, 10, 1)},  # noqa: DTZ001  naive
        {"now": BEAT.date()},
        {"now": BEAT.timestamp()},
        {"now": 0},  # false, like None
        {"now": ""},
        {"now": timedelta(0)},
        {"timeout": 30},
        {"timeout": 0},
        {"timeout": None},
    ],
)
def test_a_time_of_a_wrong_type_raises_a_type_error(arguments: dict[str, Any]) -> None:
    for predicate in NODE.is_online, NODE.is_available, replace(NODE, pools=()).is_available:
        with pytest.raises(TypeError):
            predicate(**arguments)


@pytest.mark.parametrize("state", HealthState)
@pytest.mark.parametrize(("slots_total", "slots_free"), [(4, 1), (4, 0), (0, 1), (4, 2**64 - 1)])
def test_a_pool_is_available_if_it_is_ready_and_has_a_free_slot(
    state: HealthState, slots_total: int, slots_free: int
) -> None:
    health = HealthStatus(state=state, slots_total=slots_total, slots_free=slots_free, last_check=BEAT)
    bare = PoolSnapshot(pool_id="", node_id="", health=health)
    for value in health, bare, replace(bare, model=""), replace(SAMPLES[PoolSnapshot], health=health):
        assert value.is_available() is (str(state) == "Ready" and slots_free > 0)
