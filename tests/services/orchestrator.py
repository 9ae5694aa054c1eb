"""An orchestrator: takes what nodes say of themselves and of their pools, and answers which are available.

HEARTBEAT_TIMEOUT=30 uvicorn orchestrator:app
"""

import os
from datetime import timedelta
from typing import Annotated

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, FailFast, FiniteFloat

from pool_registry_types import NodeInfo, PoolSnapshot, Text, Timestamp

TIMEOUT = timedelta(seconds=float(os.environ["HEARTBEAT_TIMEOUT"]))

app = FastAPI()
nodes: dict[str, NodeInfo] = {}
pools: dict[tuple[str, str], PoolSnapshot] = {}


class Heartbeat(BaseModel):
    """A message of this service's own: all pools of a node at once."""

    sent_at: Timestamp
    node_id: Text
    load: FiniteFloat
    # Stop at the first bad pool: an answer of 40 bytes for each of [0,0,0,...] is many times as long as the request.
    pools: Annotated[list[PoolSnapshot], FailFast()]


# FastAPI's own answer repeats the input, and becomes a 500 where JSON cannot say it: NaN, a lone surrogate.
@app.exception_handler(RequestValidationError)
async def reject(_: Request, error: RequestValidationError) -> JSONResponse:
    detail = [{name: problem[name] for name in ("type", "loc", "msg")} for problem in error.errors()]
    return JSONResponse({"detail": detail}, status_code=422)


@app.put("/heartbeats")
async def take_heartbeat(beat: Heartbeat) -> Heartbeat:
    pools.update({(pool.node_id, pool.pool_id): pool for pool in beat.pools})
    return beat


# A heartbeat is the whole document again, so that an orchestrator that was restarted knows its nodes within seconds.
@app.put("/nodes")
async def take_node(node: NodeInfo) -> NodeInfo:
    nodes[node.node_id] = node
    return node


@app.put("/pools")
async def take_pool(pool: PoolSnapshot) -> PoolSnapshot:
    pools[pool.node_id, pool.pool_id] = pool
    return pool


@app.get("/nodes")
async def available_nodes() -> list[NodeInfo]:
    return [node for node in nodes.values() if node.is_available(timeout=TIMEOUT)]


@app.get("/pools")
async def available_pools() -> list[PoolSnapshot]:
    online = {node.node_id for node in nodes.values() if node.is_online(timeout=TIMEOUT)}
    return [pool for pool in pools.values() if pool.is_available() and pool.node_id in online]
