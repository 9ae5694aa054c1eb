"""The example services as processes of their own, which talk over HTTP on loopback."""

import re
import runpy
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from pool_manager import report

import helpers
from fields import SAMPLES
from pool_registry_types import HEARTBEAT_TIMEOUT, HealthState, NodeInfo, PoolSnapshot, format_json

HERE = Path(__file__).parent
SHORT = timedelta(seconds=0.3)
HOUR = timedelta(hours=1)
NUMBERS = count(1)
POOL: PoolSnapshot = SAMPLES[PoolSnapshot]

T = TypeVar("T", NodeInfo, PoolSnapshot)


@contextmanager
def orchestrator_with(**variables: str) -> Iterator[httpx.Client]:
    uvicorn = f"uvicorn orchestrator:app --app-dir {HERE.name} --port 0 --no-access-log"
    command, environment = [sys.executable, "-m", *uvicorn.split()], helpers.ENVIRONMENT | variables
    with helpers.start(command, cwd=HERE.parent, env=environment, stderr=subprocess.PIPE, text=True) as server:
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


@pytest.fixture(scope="module")
def orchestrator() -> Iterator[httpx.Client]:
    with orchestrator_with() as client:
        yield client


@pytest.fixture(scope="module")
def impatient() -> Iterator[httpx.Client]:
    with orchestrator_with(HEARTBEAT_TIMEOUT=str(SHORT.total_seconds())) as client:
        yield client


@pytest.fixture
def node_id() -> str:
    """The id of a node that the orchestrators do not know yet."""
    return f"gpu-node-💡-{next(NUMBERS)}"


def messages(
    node_id: str, sent: datetime, pools: tuple[str, ...] = (POOL.pool_id,), **health: Any
) -> tuple[NodeInfo, PoolSnapshot]:
    node: NodeInfo = replace(SAMPLES[NodeInfo], node_id=node_id, pools=pools, last_heartbeat=sent)
    return node, replace(POOL, node_id=node_id, health=replace(POOL.health, last_check=sent, **health))


def send(orchestrator: httpx.Client, *messages: NodeInfo | PoolSnapshot) -> None:
    for message in messages:
        path = "/nodes" if isinstance(message, NodeInfo) else "/pools"
        assert orchestrator.put(path, content=message.to_json()).text == message.to_json()


def available(orchestrator: httpx.Client, cls: type[T], node_id: str) -> list[T]:
    response = orchestrator.get("/nodes" if cls is NodeInfo else "/pools")
    items = [cls.from_dict(item) for item in response.json()]
    assert response.text == format_json([item.to_dict() for item in items])
    return [item for item in items if item.node_id == node_id]


BOTH, ONLY_THE_NODE, NEITHER = (True, True), (True, False), (False, False)


def seen(orchestrator: httpx.Client, node_id: str) -> tuple[bool, bool]:
    """Return whether a node is available, and whether its pool is."""
    return bool(available(orchestrator, NodeInfo, node_id)), bool(available(orchestrator, PoolSnapshot, node_id))


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20  # less than HEARTBEAT_TIMEOUT (30 s), which must not be what ends the wait
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_without_the_environment_variable_the_package_s_timeout_applies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEARTBEAT_TIMEOUT", raising=False)
    assert runpy.run_path(str(HERE / "orchestrator.py"))["TIMEOUT"] == HEARTBEAT_TIMEOUT


@pytest.mark.parametrize("clock", [0 * HOUR, -HOUR, HOUR], ids=["right", "behind", "ahead"])
def test_only_the_orchestrator_s_clock_counts(orchestrator: httpx.Client, node_id: str, clock: timedelta) -> None:
    start = datetime.now(UTC)
    node, pool = messages(node_id, start + clock)
    send(orchestrator, node, pool)
    [seen_node] = available(orchestrator, NodeInfo, node_id)
    [seen_pool] = available(orchestrator, PoolSnapshot, node_id)
    arrived, checked = seen_node.last_heartbeat, seen_pool.health.last_check
    assert start <= arrived <= checked <= datetime.now(UTC)
    assert seen_node == replace(node, last_heartbeat=arrived)
    assert seen_pool == replace(pool, health=replace(pool.health, last_check=checked))


@pytest.mark.parametrize(
    ("changes", "repeated", "offered"),
    [
        pytest.param({}, (), NEITHER, id="silence"),
        pytest.param({}, NodeInfo, ONLY_THE_NODE, id="heartbeats without snapshots"),
        pytest.param({}, PoolSnapshot, NEITHER, id="snapshots without heartbeats"),
        pytest.param({"pools": (), "slots_free": 0}, (NodeInfo, PoolSnapshot), BOTH, id="a clock that was set back"),
    ],
)
def test_a_message_counts_until_the_timeout(
    impatient: httpx.Client, node_id: str, changes: dict[str, Any], repeated: Any, offered: tuple[bool, bool]
) -> None:
    def after_the_next() -> tuple[bool, bool]:
        send(impatient, *(new for new in messages(node_id, datetime.now(UTC)) if isinstance(new, repeated)))
        return seen(impatient, node_id)

    send(impatient, *messages(node_id, datetime.now(UTC) + HOUR, **changes))
    wait_until(lambda: after_the_next() == offered)


@pytest.mark.parametrize(
    ("seconds", "changes", "offered"),
    [
        pytest.param(1, {}, BOTH, id="nothing changed"),
        pytest.param(1, {"pools": ("pool-7",)}, ONLY_THE_NODE, id="the node lists another pool"),
        pytest.param(1, {"pools": ()}, NEITHER, id="the node lists no pool"),
        pytest.param(1, {"slots_free": 0}, ONLY_THE_NODE, id="the pool has no free slot"),
        pytest.param(1, {"state": HealthState.DRAINING}, ONLY_THE_NODE, id="the pool is draining"),
        pytest.param(-1, {"pools": (), "slots_free": 0}, BOTH, id="sent earlier"),
        pytest.param(0, {"pools": (), "slots_free": 0}, BOTH, id="sent at the same time"),
    ],
)
def test_the_newest_message_counts(
    orchestrator: httpx.Client, node_id: str, seconds: int, changes: dict[str, Any], offered: tuple[bool, bool]
) -> None:
    sent = datetime.now(UTC) - HOUR
    for earlier in sent - 2 * HOUR, sent:  # two, to show that the next is compared with the newest, not the first
        send(orchestrator, *messages(node_id, earlier))
    assert seen(orchestrator, node_id) == BOTH
    send(orchestrator, *messages(node_id, sent + timedelta(seconds=seconds), **changes))
    assert seen(orchestrator, node_id) == offered


@contextmanager
def pool_manager(url: str, node_id: str, interval: float, log: Path) -> Iterator[Any]:
    command = [sys.executable, str(HERE / "pool_manager.py"), url, node_id, str(interval)]
    with log.open("w") as stderr, helpers.start(command, stderr=stderr) as process:
        try:
            yield process
        finally:
            process.kill()


@helpers.on_posix
def test_a_pool_manager_is_seen_unless_it_falls_silent(impatient: httpx.Client, node_id: str, tmp_path: Path) -> None:
    with pool_manager(str(impatient.base_url), node_id, 0.05, tmp_path / "log") as process:
        wait_until(lambda: seen(impatient, node_id) == BOTH)
        process.send_signal(signal.SIGSTOP)
        wait_until(lambda: seen(impatient, node_id) == NEITHER)
        process.send_signal(signal.SIGCONT)
        wait_until(lambda: seen(impatient, node_id) == BOTH)


@helpers.on_posix
def test_sigterm_drains_a_pool_manager_at_once(orchestrator: httpx.Client, node_id: str, tmp_path: Path) -> None:
    with pool_manager(str(orchestrator.base_url), node_id, 600, tmp_path / "log") as process:
        wait_until(lambda: seen(orchestrator, node_id) == BOTH)
        [before] = available(orchestrator, NodeInfo, node_id)
        process.terminate()
        assert process.wait(timeout=20) == 0
    assert seen(orchestrator, node_id) == ONLY_THE_NODE
    [after] = available(orchestrator, NodeInfo, node_id)
    assert after.last_heartbeat > before.last_heartbeat
    assert (tmp_path / "log").read_text() == ""


@helpers.on_posix
@pytest.mark.parametrize(
    ("fault", "ending", "status"),
    [("Connection refused", signal.SIGTERM, 0), ("404 Not Found", signal.SIGINT, -signal.SIGINT)],
)
def test_a_pool_manager_prints_a_line_for_each_fault_and_goes_on(
    orchestrator: httpx.Client, tmp_path: Path, fault: str, ending: signal.Signals, status: int
) -> None:
    log = tmp_path / "log"
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # no other program gets this port, and nobody listens there
        unreachable = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        url = unreachable if fault == "Connection refused" else f"{orchestrator.base_url}/wrong/"
        with pool_manager(url, "gpu-node-1", 0.05, log) as process:
            wait_until(lambda: log.read_text().count("\n") >= 3)
            process.send_signal(ending)
            assert process.wait(timeout=20) == status
    assert re.fullmatch(rf"({url}: .*{fault}.*\n)+", log.read_text())


REPORT = {"sent_at": "2025-10-01T08:51:30Z", "node_id": POOL.node_id, "load": 0.5, "pools": [POOL.to_dict()]}


def test_the_orchestrator_s_own_message_type_is_read_and_written(orchestrator: httpx.Client, node_id: str) -> None:
    node, pool = messages(node_id, datetime.now(UTC))
    report = REPORT | {"node_id": node_id, "pools": [pool.to_dict()]}
    send(orchestrator, node)
    response = orchestrator.put("/reports", json=report | {"sent_at": "2025-10-01T10:51:30.5+02:00"})
    assert response.text == format_json(report | {"sent_at": "2025-10-01T08:51:30.500Z"})
    assert seen(orchestrator, node_id) == BOTH


def report_with(field: str, text: str) -> str:
    return format_json(REPORT | {field: "here"}).replace('"here"', text)


def test_the_pool_manager_prints_the_rejection_of_its_pool(capsys: pytest.CaptureFixture[str]) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(422 if request.url.path == "/pools" else 200))
    with httpx.Client(transport=transport, base_url="http://localhost") as client:
        report(client, *messages("gpu-node-1", datetime.now(UTC)))
    assert "422" in capsys.readouterr().err


# test_pydantic has the other rejected values. Here, FastAPI parses the JSON. Its own error handler would repeat the
# rejected value in the response, and so fail for NaN, for example. The orchestrator's handler leaves it out.


@pytest.mark.parametrize(
    ("url", "body", "path"),
    [
        ("nodes", "", []),
        ("nodes", r'"\ud800"', []),
        ("nodes", "{", [1]),
        ("nodes", r'{"\ud800":NaN,"node_id":"\ud800"}', ["node_id"]),
        ("nodes", r'{"node_id":"a","hostname":"a","endpoint":"a","pools":["a","\ud800"]}', ["pools", 1]),
        pytest.param("nodes", "[" * 900 + "]" * 900, [], id="nested"),
        ("reports", report_with("load", "NaN"), ["load"]),
        ("reports", report_with("load", r'"\ud800"'), ["load"]),
        ("reports", report_with("node_id", r'"\ud800"'), ["node_id"]),
        ("reports", report_with("pools", "[NaN,NaN]"), ["pools", 0]),
        pytest.param("reports", report_with("pools", format_json([0] * 500_000)), ["pools", 0], id="many bad pools"),
    ],
)
def test_a_bad_message_gets_a_short_422_with_the_path_to_the_bad_value(
    orchestrator: httpx.Client, url: str, body: str, path: list[str | int]
) -> None:
    response = orchestrator.put(url, content=body)
    [detail] = response.json()["detail"]
    assert (response.status_code, detail["loc"]) == (422, ["body", *path])
    assert detail.keys() == {"type", "loc", "msg"}  # and no input
    assert len(response.content) < 300


def test_a_body_that_python_s_json_parser_rejects_gets_a_400(orchestrator: httpx.Client) -> None:
    for body in b"\xff", b"[" * 100_000, b"1" + b"0" * 5000:  # not UTF-8, nested too deeply, too many digits
        assert orchestrator.put("/nodes", content=body).status_code == 400


def test_a_body_without_the_content_type_is_rejected(orchestrator: httpx.Client) -> None:
    response = orchestrator.put("/nodes", content="{}", headers={"content-type": "text/plain"})
    assert response.json()["detail"][0]["msg"] == "expected an object, got bytes"
