"""Wrong uses of the package: type checkers must reject the marked lines, and no others."""

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
    GpuInfo(0, "NVIDIA RTX 4090", 24_000, "8.9")  # rejected: not by keyword
    GpuCapabilities(gpu_count=2)  # rejected: no total_vram_mb
    GpuCapabilities(gpu_count=2, total_vram_mb=48_000, cuda=None)  # rejected: no such field
    GpuCapabilities(gpu_count="2", total_vram_mb=48_000)  # rejected: not an int
    GpuCapabilities(gpu_count=2, total_vram_mb=None)  # rejected: not optional
    NodeCapabilities(gpus=gpu)  # rejected: not a tuple
    NodeCapabilities(gpus=(gpu, "gpu"))  # rejected: not a GpuInfo
    NodeCapabilities(gpus=(), cpu_cores=1.5)  # rejected: not an int
    HealthStatus(state="Ready", slots_total=4, slots_free=3, last_check=now)  # rejected: not a HealthState
    HealthStatus(state=NodeStatus.DRAINING, slots_total=4, slots_free=3, last_check=now)  # rejected: another enum
    HealthStatus(state=HealthState.READY, slots_total=4, slots_free=3, last_check="now")  # rejected: not a datetime
    PoolMetadata(pool_id=None)  # rejected: not optional
    PoolMetadata(pool_id="pool-0", node_id=1)  # rejected: not a str


def read(node: NodeInfo, pool: PoolSnapshot) -> None:
    NodeInfo.from_json({"node_id": "gpu-node-1"})  # rejected: a dict is not JSON
    NodeInfo.from_dict('{"node_id": "gpu-node-1"}')  # rejected: JSON is not a mapping
    NodeInfo.from_json(memoryview(b"{}"))  # rejected: neither str nor bytes
    NodeInfo.from_dict([("node_id", "gpu-node-1")])  # rejected: not a mapping
    NodeInfo.from_dict({0: "gpu-node-1"})  # rejected: keys are str
    _ = NodeInfo.from_json(node.to_json()).health  # rejected: no such field
    pool.model.upper()  # rejected: None has no upper
    len(node.is_online)  # rejected: a method
    node.is_online(datetime.now(UTC))  # rejected: not by keyword
    node.is_available(timeout=30)  # rejected: not a timedelta
    node.is_online(now="now")  # rejected: not a datetime
    pool.is_available(timeout=timedelta(seconds=30))  # rejected: no such argument
    _ = HealthState.Ready  # rejected: enum members are in capitals


def change(node: NodeInfo, pool: PoolSnapshot) -> None:
    node.last_heartbeat = datetime.now(UTC)  # rejected: frozen
    node.load = 0.5  # rejected: no such field
    node.pools[0] = "pool-1"  # rejected: a tuple
    node.capabilities.gpus.append(node.capabilities.gpus[0])  # rejected: a tuple
    pool.health.slots_free += 1  # rejected: frozen


def order(left: NodeInfo, right: NodeInfo) -> bool:
    return left < right  # rejected: no order


def reject() -> None:
    raise ValidationError("bad node")  # rejected: no path, no reason


def prefix(error: ValidationError) -> None:
    error.within()  # rejected: no type name
    error.within("Heartbeat", 1.5)  # rejected: neither a key nor an index
    ValidationError("Heartbeat", {"node"}, "missing")  # rejected: not a tuple or list
    ValidationError("Heartbeat", "node", "missing")  # rejected: a string, whose letters would be the path
    ValidationError(None, (), "missing")  # rejected: not a str


def omit_a_state(state: HealthState) -> bool:
    match state:
        case HealthState.READY:
            return True
        case HealthState.INITIALIZING | HealthState.DRAINING | HealthState.FAILED:
            return False
        case _:
            assert_never(state)  # rejected: Offline


class OtherGpuInfo(GpuInfo): ...  # rejected: final
