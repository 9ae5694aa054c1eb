"""Two services that speak in these types: processes of their own, over HTTP on loopback."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pydantic
import pytest
from pool_manager import report

import helpers
from fields import SAMPLES, reason
from helpers import named
from pool_registry_types import HealthState, HealthStatus, NodeInfo, PoolSnapshot, format_json

HERE = Path(__file__).parent
TIMEOUT = timedelta(seconds=0.3)
ENVIRONMENT = helpers.ENVIRONMENT | {"HEARTBEAT_TIMEOUT": str(TIMEOUT.total_seconds())}

# A heartbeat from the future counts as fresh, so these stay online however slow the machine is.
LATER = datetime.now(UTC) + timedelta(hours=1)
NODE: NodeInfo = replace(SAMPLES[NodeInfo], node_id="gpu-node-💡", last_heartbeat=LATER)
HEALTH: HealthStatus = replace(SAMPLES[HealthStatus], last_check=LATER)
POOL: PoolSnapshot = replace(SAMPLES[PoolSnapshot], node_id=NODE.node_id, health=HEALTH)


def bound_to(log: Iterable[str]) -> str:
    lines = []
    for line in log:
        lines.append(line)
        if found := re.search(r"http://127\.0\.0\.1:\d+", line):
            return found[0]
    pytest.fail("".join(lines))


@pytest.fixture(scope="module")
def orchestrator() -> Iterator[httpx.Client]:
    uvicorn = f"uvicorn orchestrator:app --app-dir {HERE.name} --port 0 --no-access-log"
    command = [sys.executable, "-m", *uvicorn.split()]
    with helpers.start(command, cwd=HERE.parent, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr
        try:
            url, headers = bound_to(server.stderr), {"content-type": "application/json"}
            with httpx.Client(base_url=url, headers=headers, timeout=30, trust_env=False) as client:
                yield client
        finally:
            server.kill()
        assert "Traceback" not in server.stderr.read()


def available_nodes(orchestrator: httpx.Client) -> dict[str, NodeInfo]:
    return {node.node_id: node for node in map(NodeInfo.from_dict, orchestrator.get("/nodes").json())}


def available_pools(orchestrator: httpx.Client) -> dict[str, PoolSnapshot]:
    return {pool.node_id: pool for pool in map(PoolSnapshot.from_dict, orchestrator.get("/pools").json())}


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_pool_manager_registers_falls_silent_returns_and_drains(orchestrator: httpx.Client) -> None:
    def online() -> bool:
        return "gpu-node-1" in available_nodes(orchestrator)

    def available() -> bool:
        return "gpu-node-1" in available_pools(orchestrator)

    def outlived_its_registration() -> bool:
        node = available_nodes(orchestrator).get("gpu-node-1")
        return node is not None and node.last_heartbeat > node.registered_at + 2 * TIMEOUT

    command = [sys.executable, str(HERE / "pool_manager.py"), str(orchestrator.base_url), "gpu-node-1", "0.05"]
    with helpers.start(command, env=ENVIRONMENT) as pool_manager:
        try:
            wait_until(lambda: online() and available())
            wait_until(outlived_its_registration)
            pool_manager.send_signal(signal.SIGSTOP)
            wait_until(lambda: not online() and not available())
            pool_manager.send_signal(signal.SIGCONT)
            wait_until(lambda: online() and available())
            pool_manager.terminate()
            wait_until(lambda: not available() and online())
        finally:
            pool_manager.kill()


def test_the_registry_answers_with_what_it_was_told(orchestrator: httpx.Client) -> None:
    report(orchestrator, NODE, POOL)
    assert NODE.to_json() in orchestrator.get("/nodes").text
    assert POOL.to_json() in orchestrator.get("/pools").text


@pytest.mark.parametrize(
    ("node", "pool", "node_available", "pool_available"),
    named(
        {
            "all": (NODE, POOL, True, True),
            "a pool that drains": (
                NODE,
                replace(POOL, health=replace(HEALTH, state=HealthState.DRAINING)),
                True,
                False,
            ),
            "a pool that is full": (NODE, replace(POOL, health=replace(HEALTH, slots_free=0)), True, False),
            "a node without pools": (replace(NODE, pools=()), POOL, False, True),
            "a silent node": (replace(NODE, last_heartbeat=LATER - timedelta(hours=2)), POOL, False, False),
        }
    ),
)
def test_what_is_available(
    orchestrator: httpx.Client, node: NodeInfo, pool: PoolSnapshot, node_available: bool, pool_available: bool
) -> None:
    report(orchestrator, node, pool)
    assert available_nodes(orchestrator).get(node.node_id) == (node if node_available else None)
    assert available_pools(orchestrator).get(pool.node_id) == (pool if pool_available else None)


def spoiled(old: str, new: str) -> str:
    assert old in NODE.to_json()
    return NODE.to_json().replace(old, new)


VRAM: list[str | int] = ["capabilities", "gpus", 0, "vram_total_mb"]

# A bad node, and the path in the answer; no path where Python's json fails in a way that FastAPI answers by 400. What
# else is refused is in test_pydantic: here is what a server parses, and what it could not repeat.
BAD: dict[str, tuple[str | bytes, list[str | int] | None]] = {
    "nothing": ("", []),
    "null": ("null", []),
    "an array": ("[]", []),
    "a string": (r'"\ud800"', []),
    "the start of an object": ("{", [1]),
    "depth": ("[" * 900 + "]" * 900, []),
    "depth that Python's json refuses": ("[" * 100_000, None),
    "not UTF-8": (b"\xff", None),
    "an integer of more digits than Python reads": (spoiled("24000", "1" + "0" * 5000), None),
    "an integer of many digits": (spoiled("24000", "1" + "0" * 400), VRAM),
    "infinity": (spoiled("24000", "1e400"), VRAM),
    "NaN": (spoiled("24000", "NaN"), VRAM),
    "a lone surrogate": (spoiled("pool-1", r"\ud800"), ["pools", 0]),
    "what its answer could not repeat": (b'{"\\ud800":NaN,"node_id":"\\ud800"}', ["node_id"]),
}


@pytest.mark.parametrize(("body", "path"), named(BAD))
def test_a_bad_document_is_refused_and_changes_nothing(
    orchestrator: httpx.Client, body: str | bytes, path: list[str | int] | None
) -> None:
    report(orchestrator, NODE, POOL)
    answer = orchestrator.put("/nodes", content=body)
    if path is None:
        assert answer.status_code == 400
    else:
        [detail] = answer.json()["detail"]
        assert (answer.status_code, detail["loc"]) == (422, ["body", *path])
        assert len(detail["msg"]) < 300
    assert available_nodes(orchestrator)[NODE.node_id] == NODE
    assert available_pools(orchestrator)[NODE.node_id] == POOL


def test_the_answer_has_the_reason_of_the_error(orchestrator: httpx.Client) -> None:
    body = POOL.to_json().replace('"slots_free":3', '"slots_free":-1')
    detail = {"type": "invalid", "loc": ["body", "health", "slots_free"], "msg": reason("u64", "-1")}
    assert orchestrator.put("/pools", content=body).json() == {"detail": [detail]}


BEAT = {"sent_at": "2025-10-01T08:51:30Z", "node_id": NODE.node_id, "load": 0.5, "pools": [POOL.to_dict()]}


def test_a_message_of_the_service_s_own_is_read_and_written(orchestrator: httpx.Client) -> None:
    answer = orchestrator.put("/heartbeats", json=BEAT | {"sent_at": "2025-10-01T10:51:30.5+02:00"})
    assert answer.text == format_json(BEAT | {"sent_at": "2025-10-01T08:51:30.500Z"})


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ('"load":0.5', '"load":NaN', ["load"]),
        ('"load":0.5', r'"load":"\ud800"', ["load"]),
        ('"load":0.5', '"x":NaN', ["load"]),
        ('"node_id":"gpu-node-💡"', r'"node_id":"\ud800"', ["node_id"]),
        ('"pools":[', '"pools":[NaN,NaN,', ["pools", 0]),
    ],
)
def test_what_json_cannot_say_is_answered_too(
    orchestrator: httpx.Client, old: str, new: str, path: list[str | int]
) -> None:
    body = format_json(BEAT)
    assert old in body
    answer = orchestrator.put("/heartbeats", content=body.replace(old, new, 1))
    assert answer.status_code == 422
    assert [detail["loc"] for detail in answer.json()["detail"]] == [["body", *path]]


def test_a_large_body_of_bad_pools_gets_a_short_answer(orchestrator: httpx.Client) -> None:
    answer = orchestrator.put("/heartbeats", content=format_json(BEAT | {"pools": [0] * 500_000}))
    assert answer.status_code == 422
    assert len(answer.content) < 300


def test_the_types_are_described_once(orchestrator: httpx.Client) -> None:
    schemas = orchestrator.get("/openapi.json").json()["components"]["schemas"]
    types = {"GpuInfo", "HealthState", "HealthStatus", "Heartbeat", "NodeCapabilities", "NodeInfo", "PoolSnapshot"}
    if pydantic.VERSION < "2.13":  # which names what holds two levels of types once for each mode
        twice = {"Heartbeat", "NodeInfo", "PoolSnapshot"}
        types = (types - twice) | {f"{name}-{mode}" for name in twice for mode in ("Input", "Output")}
    assert schemas.keys() == {*types, "HTTPValidationError", "ValidationError"}


def test_pool_managers_at_once(orchestrator: httpx.Client) -> None:
    def manage(number: int) -> tuple[NodeInfo, PoolSnapshot]:
        node = replace(NODE, node_id=f"gpu-node-{number}", endpoint=f"http://192.168.2.{number}:9200")
        pool = replace(POOL, node_id=node.node_id, model=f"model-{number}")
        for beat in range(1, 6):
            node = replace(node, last_heartbeat=LATER + timedelta(microseconds=beat))
            pool = replace(pool, health=replace(HEALTH, slots_free=beat, slots_total=number))
            report(orchestrator, node, pool)
            assert available_nodes(orchestrator)[node.node_id] == node
            assert available_pools(orchestrator)[node.node_id] == pool
        return node, pool

    with ThreadPoolExecutor(32) as executor:
        reported = list(executor.map(manage, range(100, 132)))
    nodes, pools = available_nodes(orchestrator), available_pools(orchestrator)
    assert [(nodes[node.node_id], pools[node.node_id]) for node, _ in reported] == reported
