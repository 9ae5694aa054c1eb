"""Hypothesis strategies for every wire type: ``VALUES`` by class, and the kinds of value that they are made of."""

from datetime import UTC, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from pool_registry_types import (
    GpuCapabilities,
    GpuInfo,
    HealthState,
    HealthStatus,
    NodeCapabilities,
    NodeInfo,
    PoolMetadata,
    PoolSnapshot,
)

u64s = st.integers(0, 2**64 - 1) | st.sampled_from([0, 2**32, 2**53 + 1, 2**63, 2**64 - 1])
texts = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    ['"\\/\b\f\n\r\t\0\x1f', "\x7f\u2028", "💡"]
)
moments = st.builds(
    lambda moment, unit: moment.replace(microsecond=moment.microsecond // unit * unit),
    st.datetimes(timezones=st.just(UTC)),
    st.sampled_from([1, 1000, 1_000_000]),
)
zones = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))

gpu_infos = st.builds(GpuInfo, device_id=u64s, name=texts, vram_total_mb=u64s, cuda_compute_capability=texts)
gpu_capabilities = st.builds(GpuCapabilities, gpu_count=u64s, total_vram_mb=u64s, cuda_version=st.none() | texts)
node_capabilities = st.builds(
    NodeCapabilities,
    gpus=st.lists(gpu_infos, max_size=3).map(tuple),
    cpu_cores=st.none() | u64s,
    ram_total_bytes=st.none() | u64s,
)
node_infos = st.builds(
    NodeInfo,
    node_id=texts,
    hostname=texts,
    endpoint=texts,
    pools=st.lists(texts, max_size=3).map(tuple),
    capabilities=node_capabilities,
    registered_at=moments,
    last_heartbeat=moments,
)
health_statuses = st.builds(
    HealthStatus, state=st.sampled_from(HealthState), slots_total=u64s, slots_free=u64s, last_check=moments
)
pool_snapshots = st.builds(PoolSnapshot, pool_id=texts, node_id=texts, health=health_statuses, model=st.none() | texts)
pool_metadatas = st.builds(
    PoolMetadata,
    pool_id=texts,
    node_id=st.none() | texts,
    engine=st.none() | texts,
    engine_version=st.none() | texts,
    device_mask=st.none() | texts,
)

VALUES: dict[type[Any], st.SearchStrategy[Any]] = {
    GpuInfo: gpu_infos,
    GpuCapabilities: gpu_capabilities,
    NodeCapabilities: node_capabilities,
    NodeInfo: node_infos,
    HealthStatus: health_statuses,
    PoolSnapshot: pool_snapshots,
    PoolMetadata: pool_metadatas,
}
