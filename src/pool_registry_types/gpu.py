"""GPUs: what one is, and what a node says of its own in sum."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self, final

from ._wire import WireType, members_of, new, read_text, read_u64, slots_of


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class GpuInfo(WireType):
    """One GPU of a node; the Rust crate's ``GpuInfo``.

    Attributes:
        device_id: CUDA device index on the node, 0 to 2^64-1.
        name: Marketing name, ``"NVIDIA RTX 4090"``.
        vram_total_mb: Memory in MB of 10^6 bytes, 0 to 2^64-1.
        cuda_compute_capability: ``"8.9"``.

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

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        members = data if type(data) is dict else members_of(cls, data)
        self = new(cls)
        read_u64(self, members, _GPU_INFO.device_id)
        read_text(self, members, _GPU_INFO.name)
        read_u64(self, members, _GPU_INFO.vram_total_mb)
        read_text(self, members, _GPU_INFO.cuda_compute_capability)
        return self


_GPU_INFO: Final = slots_of(GpuInfo)  # down here, since slots=True makes the class anew


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class GpuCapabilities(WireType):
    """The GPUs of a node in sum, which it sends when it registers; which the Rust crate names, too.

    Attributes:
        gpu_count: GPUs on the node, 0 to 2^64-1.
        total_vram_mb: Memory of all of them in MB of 10^6 bytes, 0 to 2^64-1.
        cuda_version: CUDA toolkit or driver version, ``"12.1"``; None on a node without CUDA.

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

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        members = data if type(data) is dict else members_of(cls, data)
        self = new(cls)
        read_u64(self, members, _GPU_CAPABILITIES.gpu_count)
        read_u64(self, members, _GPU_CAPABILITIES.total_vram_mb)
        read_text(self, members, _GPU_CAPABILITIES.cuda_version, optional=True)
        return self


_GPU_CAPABILITIES: Final = slots_of(GpuCapabilities)
