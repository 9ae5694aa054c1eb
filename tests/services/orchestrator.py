"""An orchestrator: takes what nodes say of themselves and of their pools, and answers which are available.

HEARTBEAT_TIMEOUT=30 uvicorn orchestrator:app
"""

import os
from datetime import timedelta

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from pool_registry_types import NodeInfo, PoolSnapshot, ValidationError

TIMEOUT = timedelta(seconds=float(os.environ["HEARTBEAT_TIMEOUT"]))

app = FastAPI()
nodes: dict[str, NodeInfo] = {}
pools: dict[tuple[str, str], PoolSnapshot] = {}


@app.exception_handler(ValidationError)
async def refuse(_: Request, error: ValidationError) -> JSONResponse:
    return JSONResponse({"path": error.path, "reason": error.reason}, status_code=422)


# A heartbeat is the whole document again, so that an orchestrator that was restarted knows its nodes within seconds.
@app.put("/nodes", status_code=204)
async def take_node(request: Request) -> None:
    node = NodeInfo.from_json(await request.body())
    nodes[node.node_id] = node


@app.put("/pools", status_code=204)
async def take_pool(request: Request) -> None:
    pool = PoolSnapshot.from_json(await request.body())
    pools[pool.node_id, pool.pool_id] = pool


@app.get("/nodes")
async def available_nodes() -> JSONResponse:
    return JSONResponse([node.to_dict() for node in nodes.values() if node.is_available(timeout=TIMEOUT)])


@app.get("/pools")
async def available_pools() -> JSONResponse:
    online = {node.node_id for node in nodes.values() if node.is_online(timeout=TIMEOUT)}
    return JSONResponse([pool.to_dict() for pool in pools.values() if pool.is_available() and pool.node_id in online])
