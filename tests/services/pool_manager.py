"""A pool manager: registers its node, sends heartbeats, and after SIGTERM ends when its pool has drained.

python pool_manager.py http://127.0.0.1:8000 gpu-node-1 10
"""

import contextlib
import queue
import signal
import sys
from dataclasses import replace
from datetime import UTC, datetime

import httpx

from pool_registry_types import GpuInfo, HealthState, HealthStatus, NodeCapabilities, NodeInfo, PoolSnapshot


def main(orchestrator_url: str, node_id: str, interval: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends the program without a traceback
    # A signal handler must not wait for a lock, as threading.Event.set may. The put of a SimpleQueue never waits.
    signals = queue.SimpleQueue[int]()
    signal.signal(signal.SIGTERM, lambda number, _: signals.put(number))

    gpu = GpuInfo(device_id=0, name="NVIDIA RTX 4090", vram_total_mb=24_000, cuda_compute_capability="8.9")
    now = datetime.now(UTC)
    node = NodeInfo(
        node_id=node_id,
        hostname=f"{node_id}.local",
        endpoint=f"http://{node_id}.local:9200",
        pools=("pool-0",),
        capabilities=NodeCapabilities(gpus=(gpu,), cpu_cores=16, ram_total_bytes=64_000_000_000),
        registered_at=now,
        last_heartbeat=now,
    )
    state = HealthState.READY
    headers = {"content-type": "application/json"}
    with httpx.Client(base_url=orchestrator_url, headers=headers) as orchestrator:
        while True:
            now = datetime.now(UTC)
            node = replace(node, last_heartbeat=now)
            # A real pool manager would count its free slots, and so would not end before its last request.
            health = HealthStatus(state=state, slots_total=4, slots_free=4, last_check=now)
            pool = PoolSnapshot(pool_id="pool-0", node_id=node_id, health=health, model="llama-3.1-8b-instruct")
            report(orchestrator, node, pool)
            if state is HealthState.DRAINING and health.slots_free == health.slots_total:
                return
            with contextlib.suppress(queue.Empty):
                signals.get(timeout=float(interval))
                state = HealthState.DRAINING


def report(orchestrator: httpx.Client, node: NodeInfo, pool: PoolSnapshot) -> None:
    try:
        orchestrator.put("/nodes", content=node.to_json()).raise_for_status()
        orchestrator.put("/pools", content=pool.to_json()).raise_for_status()
    except httpx.HTTPError as error:  # the next heartbeat repeats everything, so a lost one does no harm
        reason, *_ = str(error).split("\n")
        sys.stderr.write(f"{orchestrator.base_url}: {reason}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
