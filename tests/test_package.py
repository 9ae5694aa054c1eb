"""The package as a whole: its names, its types at run time, and what importing it costs."""

import json
import re
import sys
from importlib.metadata import metadata, requires
from pathlib import Path
from typing import get_type_hints

import pytest

import pool_registry_types
import processes
from tables import FIELDS, WireClass


def test_the_public_names() -> None:
    names = {
        "GpuCapabilities",
        "GpuInfo",
        "HEARTBEAT_TIMEOUT",
        "HealthState",
        "HealthStatus",
        "NodeCapabilities",
        "NodeInfo",
        "NodeStatus",
        "PoolMetadata",
        "PoolSnapshot",
        "Text",
        "Timestamp",
        "U64",
        "ValidationError",
        "format_json",
        "format_timestamp",
        "parse_json",
        "parse_timestamp",
    }
    assert set(pool_registry_types.__all__) == names
    assert len(pool_registry_types.__all__) == len(names)
    assert all(hasattr(pool_registry_types, name) for name in names)


@pytest.mark.parametrize("cls", FIELDS)
def test_type_hints_resolve_at_run_time(cls: WireClass) -> None:
    assert list(get_type_hints(cls)) == list(FIELDS[cls])


@pytest.mark.parametrize("cls", FIELDS)
def test_public_classes_and_their_methods_are_documented(cls: WireClass) -> None:
    assert "Attributes:" in (cls.__doc__ or "")
    for method in ("to_dict", "from_dict", "to_json", "from_json"):
        assert any(vars(base)[method].__doc__ for base in cls.__mro__ if method in vars(base))


def test_dateutil_is_the_only_dependency() -> None:
    assert [line for line in requires("pool-registry-types") or [] if "extra ==" not in line] == [
        "python-dateutil>=2.9.0.post0"
    ]


def test_the_license_is_whole() -> None:
    assert metadata("pool-registry-types")["License-Expression"] == "GPL-3.0-or-later"
    text = (Path(__file__).parent.parent / "LICENSE").read_text("utf-8")
    assert text.splitlines()[0].strip() == "GNU GENERAL PUBLIC LICENSE"
    assert [f"  {number}. " in text for number in range(18)] == [True] * 18
    assert "END OF TERMS AND CONDITIONS" in text


def test_importing_it_imports_no_parser_and_no_checker() -> None:
    script = "import json, sys, pool_registry_types; print(json.dumps(sorted(sys.modules)))"
    output = processes.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    modules = json.loads(output)
    assert "pool_registry_types.pool" in modules
    unwanted = r"dateutil|pydantic|hypothesis|argparse$|pool_registry_types\.(__main__|_pydantic|_hypothesis)$"
    assert [name for name in modules if re.match(unwanted, name)] == []
