"""GPUs: one GPU, and a summary per node."""

from dataclasses import dataclass
from typing import Any, final

from ._annotations import U64, Text
from ._checks import optional, text, u64
from ._wire import WireType, wire_type


@final
@wire_type
@dataclass(frozen=True, slots=True, kw_only=True)
class GpuInfo(WireType):
    """One GPU of a node.

    Mirrors the Rust struct of the same name.

    Attributes:
        device_id: CUDA device index on the node.
        name: Marketing name, e.g. ``"NVIDIA RTX 4090"``.
        vram_total_mb: Memory in megabytes (10^6 bytes); 0 if unknown.
        cuda_compute_capability: CUDA compute capability, e.g. ``"8.9"``.

    Raises:
        ValidationError: If an argument is not valid for its field.
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

    def _read(self: Any, data: dict[str, Any]) -> None:
        self.device_id = u64(data["device_id"])
        self.name = text(data["name"])
        self.vram_total_mb = u64(data["vram_total_mb"])
        self.cuda_compute_capability = text(data["cuda_compute_capability"])


@final
@wire_type
@dataclass(frozen=True, slots=True, kw_only=True)
class GpuCapabilities(WireType):
    """A summary of a node's GPUs, which the node sends when it registers.

    Mirrors the Rust struct of the same name.

    Attributes:
        gpu_count: Number of GPUs on the node.
        total_vram_mb: Memory of all GPUs in megabytes (10^6 bytes).
        cuda_version: CUDA toolkit or driver version, e.g. ``"12.1"``, if CUDA is installed.

    Raises:
        ValidationError: If an argument is not valid for its field.
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

    def _read(self: Any, data: dict[str, Any]) -> None:
        self.gpu_count = u64(data["gpu_count"])
        self.total_vram_mb = u64(data["total_vram_mb"])
        self.cuda_version = optional(text, data.get("cuda_version"))
