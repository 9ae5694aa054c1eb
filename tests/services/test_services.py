"""Two services that speak in these types: processes of their own, over HTTP on loopback."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import httpx
import pytest
from pool_manager import report

import helpers
from fields import SAMPLES
from pool_registry_types import NodeInfo, PoolSnapshot, format_json

HERE = Path(__file__).parent
TIMEOUT = timedelta(seconds=0.3)
ENVIRONMENT = helpers.ENVIRONMENT | {"HEARTBEAT_TIMEOUT": str(TIMEOUT.total_seconds())}

# A heartbeat from the future counts as fresh, so this stays online however slow the machine is.
LATER = datetime.now(UTC) + timedelta(hours=1)
NODE: NodeInfo = replace(SAMPLES[NodeInfo], node_id="gpu-node-💡", last_heartbeat=LATER)
POOL: PoolSnapshot = replace(SAMPLES[PoolSnapshot], node_id=NODE.node_id)

T = TypeVar("T", NodeInfo, PoolSnapshot)


@pytest.fixture(scope="module")
def orchestrator() -> Iterator[httpx.Client]:
    uvicorn = f"uvicorn orchestrator:app --app-dir {HERE.name} --port 0 --no-access-log"
    command = [sys.executable, "-m", *uvicorn.split()]
    with helpers.start(command, cwd=HERE.parent, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr
        try:
            log = ""
            while not (url := re.search(r"http://127\.0\.0\.1:\d+", log)):
                line = server.stderr.readline()
                assert line, log
                log += line
            headers = {"content-type": "application/json"}
            with httpx.Client(base_url=url[0], headers=headers, timeout=30, trust_env=False) as client:
                yield client
        finally:
            server.kill()
        assert "Traceback" not in server.stderr.read()


def available(orchestrator: httpx.Client, cls: type[T]) -> list[T]:
    items = orchestrator.get("/nodes" if cls is NodeInfo else "/pools").json()
    return [cls.from_dict(item) for item in items]


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20  # less than the default timeout of 30 s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@helpers.on_posix
def test_a_pool_manager_registers_falls_silent_returns_and_drains(orchestrator: httpx.Client) -> None:
    def seen() -> tuple[bool, bool]:
        nodes = [node.node_id for node in available(orchestrator, NodeInfo)]
        pools = [pool.node_id for pool in available(orchestrator, PoolSnapshot)]
        return "gpu-node-1" in nodes, "gpu-node-1" in pools

    def outlived_its_registration() -> bool:
        ages = [node.last_heartbeat - node.registered_at for node in available(orchestrator, NodeInfo)]
        return any(age > 2 * TIMEOUT for age in ages)

    command = [sys.executable, str(HERE / "pool_manager.py"), str(orchestrator.base_url), "gpu-node-1", "0.05"]
    with helpers.start(command, env=ENVIRONMENT) as pool_manager:
        try:
            wait_until(lambda: seen() == (True, True))
            wait_until(outlived_its_registration)
            pool_manager.send_signal(signal.SIGSTOP)
            wait_until(lambda: seen() == (False, False))
            pool_manager.send_signal(signal.SIGCONT)
            wait_until(lambda: seen() == (True, True))
            pool_manager.terminate()
            wait_until(lambda: seen() == (True, False))
        finally:
            pool_manager.kill()


def test_the_orchestrator_answers_with_what_is_available_as_it_was_told(orchestrator: httpx.Client) -> None:
    report(orchestrator, NODE, POOL)
    assert NODE.to_json() in orchestrator.get("/nodes").text
    assert POOL.to_json() in orchestrator.get("/pools").text
    report(orchestrator, replace(NODE, pools=()), replace(POOL, health=replace(POOL.health, slots_free=0)))
    assert NODE.node_id not in orchestrator.get("/nodes").text + orchestrator.get("/pools").text


# test_pydantic has the other rejected values: these are about what FastAPI parses, and what it could not repeat.


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ("", []),
        ("null", []),
        ("[]", []),
        (r'"\ud800"', []),
        ("{", [1]),
        (r'{"\ud800":NaN,"node_id":"\ud800"}', ["node_id"]),
        (r'{"node_id":"a","hostname":"a","endpoint":"a","pools":["a","\ud800"]}', ["pools", 1]),
        ('{"node_id":1e400}', ["node_id"]),
        pytest.param('{"node_id":1' + "0" * 400 + "}", ["node_id"], id="an integer of many digits"),
        pytest.param("[" * 900 + "]" * 900, [], id="nested"),
    ],
)
def test_a_bad_message_gets_a_422_with_its_path_and_changes_nothing(
    orchestrator: httpx.Client, body: str, path: list[str | int]
) -> None:
    report(orchestrator, NODE, POOL)
    response = orchestrator.put("/nodes", content=body)
    [detail] = response.json()["detail"]
    assert (response.status_code, detail["loc"]) == (422, ["body", *path])
    assert len(detail.pop("msg")) < 300
    assert detail.keys() == {"type", "loc"}  # and no input
    assert NODE in available(orchestrator, NodeInfo)


def test_a_body_that_python_s_json_parser_gives_up_on_gets_a_400(orchestrator: httpx.Client) -> None:
    for body in b"\xff", b"[" * 100_000, b"1" + b"0" * 5000:  # not UTF-8, nested too deeply, too many digits
        assert orchestrator.put("/nodes", content=body).status_code == 400


BEAT = {"sent_at": "2025-10-01T08:51:30Z", "node_id": NODE.node_id, "load": 0.5, "pools": [POOL.to_dict()]}


def test_a_message_of_the_service_itself_is_read_and_written(orchestrator: httpx.Client) -> None:
    response = orchestrator.put("/heartbeats", json=BEAT | {"sent_at": "2025-10-01T10:51:30.5+02:00"})
    assert response.text == format_json(BEAT | {"sent_at": "2025-10-01T08:51:30.500Z"})


@pytest.mark.parametrize(
    ("field", "value", "path"),
    [
        ("load", "NaN", ["load"]),
        ("load", r'"\ud800"', ["load"]),
        ("node_id", r'"\ud800"', ["node_id"]),
        ("pools", "[NaN,NaN]", ["pools", 0]),
    ],
)
def test_input_that_json_cannot_echo_gets_a_422(
    orchestrator: httpx.Client, field: str, value: str, path: list[str | int]
) -> None:
    body = format_json(BEAT | {field: "here"}).replace('"here"', value)
    response = orchestrator.put("/heartbeats", content=body)
    assert response.status_code == 422
    assert [detail["loc"] for detail in response.json()["detail"]] == [["body", *path]]


def test_a_large_body_of_bad_pools_gets_a_short_response(orchestrator: httpx.Client) -> None:
    response = orchestrator.put("/heartbeats", content=format_json(BEAT | {"pools": [0] * 500_000}))
    assert response.status_code == 422
    assert len(response.content) < 300
