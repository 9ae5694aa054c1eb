"""GPUs: each of a node's, and their summary."""

from dataclasses import dataclass
from typing import Any, final

from ._annotations import U64, Text
from ._checks import optional, text, u64
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

    device_id: U64
    name: Text
    vram_total_mb: U64
    cuda_compute_capability: Text

    def to_dict(self) -> dict[str, Any]:
        return {
            "device_id": self.device_id,
            "name": self.name,
            "vram_total_mb": self.vram_total_mb,
            "cuda_compute_capability": self.cuda_compute_capability,
        }

    @staticmethod
    def _read(draft: Any, members: dict[str, Any]) -> None:
        draft.device_id = u64(members["device_id"])
        draft.name = text(members["name"])
        draft.vram_total_mb = u64(members["vram_total_mb"])
        draft.cuda_compute_capability = text(members["cuda_compute_capability"])


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

    gpu_count: U64
    total_vram_mb: U64
    cuda_version: Text | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "gpu_count": self.gpu_count,
            "total_vram_mb": self.total_vram_mb,
            "cuda_version": self.cuda_version,
        }

    @staticmethod
    def _read(draft: Any, members: dict[str, Any]) -> None:
        draft.gpu_count = u64(members["gpu_count"])
        draft.total_vram_mb = u64(members["total_vram_mb"])
        draft.cuda_version = optional(text, members.get("cuda_version"))
