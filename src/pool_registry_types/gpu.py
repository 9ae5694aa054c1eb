"""GPUs: each of a node's, and their summary."""

from dataclasses import dataclass
from typing import Any, final

from ._values import optional, text, u64
from ._wire import WireType


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class GpuInfo(WireType):
    """One GPU of a node; the Rust crate's ``GpuInfo``.

    Attributes:
        device_id: CUDA device index on the node, 0 to 2^64-1.
        name: Marketing name, ``"NVIDIA RTX 4090"``.
        vram_total_mb: Memory in MB of 10^6 bytes, 0 to 2^64-1.
        cuda_compute_capability: What the GPU can run, ``"8.9"``.

    Raises:
        ValidationError: An argument is not what its field allows.
    """

    device_id: int
    name: str
    vram_total_mb: int
    cuda_compute_capability: str

    def to_dict(self) -> dict[str, Any]:
        return {
            "device_id": self.device_id,
            "name": self.name,
            "vram_total_mb": self.vram_total_mb,
            "cuda_compute_capability": self.cuda_compute_capability,
        }

    def _read(self, members: dict[str, Any]) -> None:
        put = self._put
        put.device_id(self, u64(members["device_id"]))
        put.name(self, text(members["name"]))
        put.vram_total_mb(self, u64(members["vram_total_mb"]))
        put.cuda_compute_capability(self, text(members["cuda_compute_capability"]))


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class GpuCapabilities(WireType):
    """The GPUs of a node, summed up; the Rust crate's ``GpuCapabilities``. A node sends it when it registers.

    Attributes:
        gpu_count: GPUs on the node, 0 to 2^64-1.
        total_vram_mb: Memory of all GPUs in MB of 10^6 bytes, 0 to 2^64-1.
        cuda_version: CUDA toolkit or driver version, ``"12.1"``; None without CUDA.

    Raises:
        ValidationError: An argument is not what its field allows.
    """

    gpu_count: int
    total_vram_mb: int
    cuda_version: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "gpu_count": self.gpu_count,
            "total_vram_mb": self.total_vram_mb,
            "cuda_version": self.cuda_version,
        }

    def _read(self, members: dict[str, Any]) -> None:
        put = self._put
        put.gpu_count(self, u64(members["gpu_count"]))
        put.total_vram_mb(self, u64(members["total_vram_mb"]))
        put.cuda_version(self, optional(text, members.get("cuda_version")))
