"""What type checkers must refuse: the marked lines, and no other."""

from datetime import UTC, datetime, timedelta
from typing import assert_never

from pool_registry_types import (
    GpuCapabilities,
    GpuInfo,
    HealthState,
    HealthStatus,
    NodeCapabilities,
    NodeInfo,
    NodeStatus,
    PoolMetadata,
    PoolSnapshot,
    ValidationError,
)


def construct(gpu: GpuInfo, now: datetime) -> None:
    GpuInfo(0, "NVIDIA RTX 4090", 24_000, "8.9")  # refused: not by keyword
    GpuCapabilities(gpu_count=2)  # refused: no total_vram_mb
    GpuCapabilities(gpu_count=2, total_vram_mb=48_000, cuda=None)  # refused: no such field
    GpuCapabilities(gpu_count="2", total_vram_mb=48_000)  # refused: not an int
    GpuCapabilities(gpu_count=2, total_vram_mb=None)  # refused: not optional
    NodeCapabilities(gpus=gpu)  # refused: not a tuple
    NodeCapabilities(gpus=(gpu, "gpu"))  # refused: not a GpuInfo
    NodeCapabilities(gpus=(), cpu_cores=1.5)  # refused: not an int
    HealthStatus(state="Ready", slots_total=4, slots_free=3, last_check=now)  # refused: not a HealthState
    HealthStatus(state=NodeStatus.DRAINING, slots_total=4, slots_free=3, last_check=now)  # refused: another enum
    HealthStatus(state=HealthState.READY, slots_total=4, slots_free=3, last_check="now")  # refused: not a datetime
    PoolMetadata(pool_id=None)  # refused: not optional
    PoolMetadata(pool_id="pool-0", node_id=1)  # refused: not a str


def read(node: NodeInfo, pool: PoolSnapshot) -> None:
    NodeInfo.from_json({"node_id": "gpu-node-1"})  # refused: a dict is not JSON
    NodeInfo.from_dict('{"node_id": "gpu-node-1"}')  # refused: JSON is not a mapping
    NodeInfo.from_json(memoryview(b"{}"))  # refused: neither str nor bytes
    NodeInfo.from_dict([("node_id", "gpu-node-1")])  # refused: not a mapping
    NodeInfo.from_dict({0: "gpu-node-1"})  # refused: names are str
    _ = NodeInfo.from_json(node.to_json()).health  # refused: no such field
    pool.model.upper()  # refused: None has no upper
    len(node.is_online)  # refused: a method
    node.is_online(datetime.now(UTC))  # refused: not by keyword
    node.is_available(timeout=30)  # refused: not a timedelta
    node.is_online(now="now")  # refused: not a datetime
    pool.is_available(timeout=timedelta(seconds=30))  # refused: no such argument
    _ = HealthState.Ready  # refused: the name of a member is in capitals


def change(node: NodeInfo, pool: PoolSnapshot) -> None:
    node.last_heartbeat = datetime.now(UTC)  # refused: frozen
    node.load = 0.5  # refused: no such field
    node.pools[0] = "pool-1"  # refused: a tuple
    node.capabilities.gpus.append(node.capabilities.gpus[0])  # refused: a tuple
    pool.health.slots_free += 1  # refused: frozen


def order(left: NodeInfo, right: NodeInfo) -> bool:
    return left < right  # refused: no order


def refuse() -> None:
    raise ValidationError("bad node")  # refused: no path, no reason


def place(error: ValidationError) -> None:
    error.within()  # refused: no type name
    error.within("Heartbeat", 1.5)  # refused: not a step
    ValidationError("Heartbeat", {"node"}, "missing")  # refused: not a tuple or list
    ValidationError("Heartbeat", "node", "missing")  # refused: a string would be a path of letters
    ValidationError(None, (), "missing")  # refused: not a str


def forget_a_state(state: HealthState) -> bool:
    match state:
        case HealthState.READY:
            return True
        case HealthState.INITIALIZING | HealthState.DRAINING | HealthState.FAILED:
            return False
        case _:
            assert_never(state)  # refused: Offline


class OtherGpuInfo(GpuInfo): ...  # refused: final
