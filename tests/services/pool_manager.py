"""A pool manager: registers its node, sends heartbeats, and takes no new requests after SIGTERM.

python pool_manager.py http://127.0.0.1:8000 gpu-node-1 10
"""

import contextlib
import signal
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime

import httpx

from pool_registry_types import GpuInfo, HealthState, HealthStatus, NodeCapabilities, NodeInfo, PoolSnapshot


def main(orchestrator_url: str, node_id: str, interval: str) -> None:
    draining = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: draining.set())
    gpu = GpuInfo(device_id=0, name="NVIDIA RTX 4090", vram_total_mb=24_000, cuda_compute_capability="8.9")
    node = NodeInfo(
        node_id=node_id,
        hostname=f"{node_id}.local",
        endpoint=f"http://{node_id}.local:9200",
        pools=("pool-0",),
        capabilities=NodeCapabilities(gpus=(gpu,), cpu_cores=16, ram_total_bytes=64_000_000_000),
        registered_at=datetime.now(UTC),
        last_heartbeat=datetime.now(UTC),
    )
    headers = {"content-type": "application/json"}
    with httpx.Client(base_url=orchestrator_url, headers=headers) as orchestrator:
        while True:
            node = replace(node, last_heartbeat=datetime.now(UTC))
            state = HealthState.DRAINING if draining.is_set() else HealthState.READY
            health = HealthStatus(state=state, slots_total=4, slots_free=4, last_check=node.last_heartbeat)
            pool = PoolSnapshot(pool_id="pool-0", node_id=node_id, health=health, model="llama-3.1-8b-instruct")
            # The next heartbeat says it all again.
            with contextlib.suppress(httpx.HTTPError):
                report(orchestrator, node, pool)
            time.sleep(float(interval))


def report(orchestrator: httpx.Client, node: NodeInfo, pool: PoolSnapshot) -> None:
    orchestrator.put("/nodes", content=node.to_json()).raise_for_status()
    orchestrator.put("/pools", content=pool.to_json()).raise_for_status()


if __name__ == "__main__":
    main(*sys.argv[1:])
