"""The benchmark runs: a dozen samples tell nothing of speed, but every contestant did the same work."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import processes

_BENCHMARKS = Path(__file__).parent / "benchmarks"
_EXTRA = ("adaptix", "attrs", "cattrs", "dacite", "dataclasses_json", "mashumaro", "msgspec", "orjson", "pydantic")


@pytest.mark.skipif(not all(map(find_spec, _EXTRA)), reason="the extra bench is not installed")
def test_the_benchmark_prints_its_tables() -> None:
    command = [sys.executable, str(_BENCHMARKS), "--rounds", "1"]
    output = processes.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    rows = {line.strip("| ").split(" | ")[0] for line in output.splitlines() if line.startswith("| ")}
    operations = {"read dict", "write dict", "read JSON", "write JSON"}
    documents = ("NodeInfo, 2 GPUs", "NodeInfo, 8 GPUs", "PoolSnapshot")
    assert rows > {f"{document}: {operation}" for document in documents for operation in operations}
    assert rows > {
        "pydantic, PoolSnapshot: read JSON",
        "construct a GpuInfo",
        "replace of a NodeInfo",
        "a duplicate member",
        "bytes",
        *operations,
    }
    assert "import pool_registry_types" in rows
