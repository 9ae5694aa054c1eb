"""An orchestrator: takes what nodes say of themselves and of their pools, and answers which are available.

HEARTBEAT_TIMEOUT=30 uvicorn orchestrator:app
"""

import os
from datetime import timedelta

from fastapi import FastAPI

from pool_registry_types import NodeInfo, PoolSnapshot

TIMEOUT = timedelta(seconds=float(os.environ["HEARTBEAT_TIMEOUT"]))

app = FastAPI()
nodes: dict[str, NodeInfo] = {}
pools: dict[tuple[str, str], PoolSnapshot] = {}


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
