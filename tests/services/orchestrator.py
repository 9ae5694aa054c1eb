"""An orchestrator: receives reports from nodes, and lists the available nodes and pools.

uvicorn orchestrator:app
"""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, FailFast, FiniteFloat

from pool_registry_types import HEARTBEAT_TIMEOUT, NodeInfo, PoolSnapshot, Text, Timestamp

TIMEOUT = timedelta(seconds=float(os.environ.get("HEARTBEAT_TIMEOUT", HEARTBEAT_TIMEOUT.total_seconds())))

app = FastAPI()
# last_heartbeat and last_check are when the message arrived, because the nodes' clocks may be wrong.
nodes: dict[str, NodeInfo] = {}
pools: dict[tuple[str, str], PoolSnapshot] = {}
# By the keys of both: when the newest message was sent, by the node's clock, and when it arrived.
newest: dict[object, tuple[datetime, datetime]] = {}


def accept(key: object, sent: datetime) -> datetime | None:
    """Return when a message with this key arrived, and note its times, or return None if it must not be stored.

    A late retry must not replace a newer message. But a node whose clock was set back must not be locked out, so
    after the timeout, an older message is accepted.
    """
    now = datetime.now(UTC)
    known = newest.get(key)
    if known and sent <= known[0] and now - known[1] <= TIMEOUT:
        return None
    newest[key] = sent, now
    return now


class PoolReport(BaseModel):
    """A message of this service: all pools of a node at once."""

    sent_at: Timestamp
    node_id: Text
    load: FiniteFloat
    # Stop at the first bad pool. Otherwise each item of [0,0,0,...] adds 80 bytes to the response, 40 times its size.
    pools: Annotated[list[PoolSnapshot], FailFast()]


# FastAPI's own response repeats the input, and becomes a 500 if that cannot be written as JSON: NaN, a lone surrogate.
@app.exception_handler(RequestValidationError)
async def reject(_: Request, error: RequestValidationError) -> JSONResponse:
    detail = [{name: problem[name] for name in ("type", "loc", "msg")} for problem in error.errors()]
    return JSONResponse({"detail": detail}, status_code=422)


@app.put("/reports")
async def take_report(report: PoolReport) -> PoolReport:
    for pool in report.pools:
        await take_pool(pool)
    return report


@app.put("/nodes")
async def take_node(node: NodeInfo) -> NodeInfo:
    if arrived := accept(node.node_id, node.last_heartbeat):
        nodes[node.node_id] = replace(node, last_heartbeat=arrived)
    return node


@app.put("/pools")
async def take_pool(pool: PoolSnapshot) -> PoolSnapshot:
    key = pool.node_id, pool.pool_id
    if arrived := accept(key, pool.health.last_check):
        pools[key] = replace(pool, health=replace(pool.health, last_check=arrived))
    return pool


@app.get("/nodes")
async def available_nodes() -> list[NodeInfo]:
    return [node for node in nodes.values() if node.is_available(timeout=TIMEOUT)]


@app.get("/pools")
async def available_pools() -> list[PoolSnapshot]:
    online = [node for node in nodes.values() if node.is_online(timeout=TIMEOUT)]
    listed = {(node.node_id, pool_id) for node in online for pool_id in node.pools}
    oldest = datetime.now(UTC) - TIMEOUT
    recent = {key: pool for key, pool in pools.items() if pool.health.last_check >= oldest}
    return [pool for key, pool in recent.items() if key in listed and pool.is_available()]
