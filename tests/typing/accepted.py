# pyright: strict
"""Correct uses of the package, which type checkers must accept in strict mode."""

import dataclasses
import enum
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, assert_type

from pool_registry_types import (
    HEARTBEAT_TIMEOUT,
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
    format_json,
    format_timestamp,
    parse_json,
    parse_timestamp,
)

now = datetime.now(UTC)
gpu = GpuInfo(device_id=0, name="NVIDIA RTX 4090", vram_total_mb=24_000, cuda_compute_capability="8.9")
node = NodeInfo(
    node_id="gpu-node-1",
    hostname="machine-alpha",
    endpoint="http://192.168.1.100:9200",
    pools=("pool-0", "pool-1"),
    capabilities=NodeCapabilities(gpus=(gpu, gpu), cpu_cores=16, ram_total_bytes=None),
    registered_at=now,
    last_heartbeat=now,
)
health = HealthStatus(state=HealthState.READY, slots_total=4, slots_free=3, last_check=now)
pool = PoolSnapshot(pool_id="pool-0", node_id="gpu-node-1", health=health)
metadata = PoolMetadata(pool_id="pool-0", engine="llamacpp")
capabilities = GpuCapabilities(gpu_count=2, total_vram_mb=48_000)

assert_type(node.capabilities.gpus, tuple[GpuInfo, ...])
assert_type(node.capabilities.cpu_cores, int | None)
assert_type(node.last_heartbeat, datetime)
assert_type(pool.health.state, HealthState)
assert_type(pool.model, str | None)
assert_type(metadata.device_mask, str | None)
assert_type(capabilities.cuda_version, str | None)

assert_type(NodeInfo.from_json(message=b"{}"), NodeInfo)
assert_type(PoolSnapshot.from_json(bytearray()), PoolSnapshot)
assert_type(GpuInfo.from_dict(data={"device_id": 0}), GpuInfo)
assert_type(GpuInfo.from_dict(MappingProxyType({"device_id": 0})), GpuInfo)
fetched: dict[str, Any] = GpuInfo.from_dict({}).to_dict()
assert_type(GpuInfo.from_dict(fetched["gpu"]), GpuInfo)
unknown: object = fetched
assert_type(HealthStatus.from_dict(health.to_dict()), HealthStatus)
assert_type(node.to_dict(), dict[str, Any])
assert_type(node.to_json(), str)

assert_type(parse_timestamp(text=unknown), datetime)
assert_type(format_timestamp(moment=unknown), str)
assert_type(format_json(value=unknown), str)
assert_type(parse_json(message=unknown), Any)

assert_type(node.is_online(), bool)
assert_type(node.is_online(now=None), bool)
assert_type(node.is_available(now=now, timeout=2 * HEARTBEAT_TIMEOUT), bool)
assert_type(HEARTBEAT_TIMEOUT, timedelta)
assert_type(health.is_available(), bool)
assert_type(pool.is_available(), bool)

assert_type(dataclasses.replace(node, last_heartbeat=now), NodeInfo)
by_value: dict[NodeInfo | PoolSnapshot, str] = {node: node.node_id, pool: pool.pool_id}
status: enum.StrEnum = NodeStatus("Online")
text: str = HealthState.READY

try:
    NodeInfo.from_json("")
except ValidationError as error:
    assert_type(error.type_name, str)
    assert_type(error.path, tuple[str | int, ...])
    assert_type(error.reason, str)
    assert_type(error.within("Heartbeat", "nodes", 3), ValidationError)
    assert_type(ValidationError("Heartbeat", ["nodes", 3], error.reason), ValidationError)
