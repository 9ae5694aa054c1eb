"""Third-party tools work with the types."""

import dataclasses
import datetime as dt
import functools
import re
import sys
import tomllib
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import cattrs
import cattrs.strategies
import freezegun
import msgspec
import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

import helpers
from fields import HIGH, MESSAGES, SAMPLES, VALUES, WireClass, classes
from helpers import ROOT, needs
from pool_registry_types import GpuInfo, NodeInfo, ValidationError

NODE: NodeInfo = SAMPLES[NodeInfo]


# Codecs.


@classes
@given(st.data())
def test_cattrs_reads_and_writes_the_format(cls: WireClass, data: st.DataObject) -> None:
    value = data.draw(VALUES[cls])
    converter = cattrs.Converter()
    cattrs.strategies.use_class_methods(converter, "from_dict", "to_dict")
    assert converter.unstructure([value]) == [value.to_dict()]
    assert converter.structure({"x": value.to_dict()}, dict[str, cls]) == {"x": value}  # type: ignore[valid-type]


@classes
@given(st.data())
def test_msgspec_reads_and_writes_the_format(cls: WireClass, data: st.DataObject) -> None:
    value = data.draw(VALUES[cls])
    assert msgspec.json.encode(value.to_dict()).decode() == value.to_json()
    assert cls.from_json(msgspec.json.encode(value)) == value  # may not be to_json's bytes: msgspec skips to_dict
    assert msgspec.convert(value.to_dict(), cls) == msgspec.json.decode(value.to_json(), type=cls) == value


@pytest.mark.parametrize("field", [{"device_id": -1}, {"name": HIGH}])
def test_msgspec_rejects_what_the_constructor_rejects(field: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError, match=r"^GpuInfo\.\w+: expected "):
        msgspec.convert({"node": MESSAGES[GpuInfo] | field}, dict[str, GpuInfo])


@needs("bench", "orjson")
@classes
@given(st.data())
def test_orjson_writes_the_format(cls: WireClass, data: st.DataObject) -> None:
    import orjson  # noqa: PLC0415  not in the extra `test`, because it needs a GIL

    value = data.draw(VALUES[cls])
    assert orjson.dumps(value.to_dict()).decode() == value.to_json()
    assert cls.from_json(orjson.dumps(value)) == value  # may not be to_json's bytes: orjson does not call to_dict


# Frozen clocks.


every_clock = pytest.mark.parametrize(
    "freeze",
    [freezegun.freeze_time, functools.partial(time_machine.travel, tick=False)],
    ids=["freezegun", "time-machine"],
)
Clock = Callable[[dt.datetime], AbstractContextManager[Any]]


@every_clock
@pytest.mark.parametrize(("age", "online"), [(30, True), (31, False)])
def test_predicates_use_a_frozen_clock(freeze: Clock, age: int, online: bool) -> None:
    with freeze(NODE.last_heartbeat + dt.timedelta(seconds=age)):
        assert (NODE.is_online(), NODE.is_available()) == (online, online)


@every_clock
@pytest.mark.parametrize("zone", [dt.UTC, dt.timezone(dt.timedelta(hours=2))], ids=str)
def test_values_hold_real_datetimes_under_a_frozen_clock(freeze: Clock, zone: dt.tzinfo) -> None:
    with freeze(NODE.last_heartbeat):
        made = dataclasses.replace(NODE, registered_at=dt.datetime.now(zone), last_heartbeat=dt.datetime.now(zone))
        read = NodeInfo.from_json(made.to_json())
        relayed = NodeInfo.from_dict(made.to_dict() | {"last_heartbeat": made.last_heartbeat.isoformat()})
    assert made == read == relayed == dataclasses.replace(NODE, registered_at=NODE.last_heartbeat)
    for value in made, read, relayed:
        assert (type(value.registered_at), type(value.last_heartbeat)) == (dt.datetime, dt.datetime)


@every_clock
def test_a_naive_datetime_from_a_frozen_clock_is_named_in_the_error(freeze: Clock) -> None:
    with freeze(NODE.last_heartbeat), pytest.raises(ValidationError, match=r"got a naive datetime$"):
        dataclasses.replace(NODE, last_heartbeat=dt.datetime.now())  # noqa: DTZ005


@pytest.mark.parametrize("first", ["", "import pydantic, hypothesis; "])
def test_the_package_uses_real_datetimes_even_if_imported_under_a_frozen_clock(first: str) -> None:
    script = f"""
import datetime, typing
import freezegun
with freezegun.freeze_time("2025-10-01"):
    {first}from pool_registry_types import *
    made = [parse_timestamp("2025-10-01T08:51:30+02:00"), parse_timestamp("20251001T085130Z")]
made += parse_timestamp("2025-10-01T08:51:30Z"), parse_timestamp("20251001T085130+02")
made += HealthStatus(state=HealthState.READY, slots_total=1, slots_free=1, last_check=made[0]).last_check,
assert {{type(moment) for moment in made}} == {{datetime.datetime}}, made
assert typing.get_type_hints(NodeInfo)["last_heartbeat"] is Timestamp.__origin__ is datetime.datetime
assert typing.get_type_hints(NodeInfo.is_online)["now"] == datetime.datetime | None
assert typing.get_type_hints(parse_timestamp)["return"] is datetime.datetime
"""
    done = helpers.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_package_works_with_beartype_checking_it() -> None:
    script = f"""
from beartype.claw import beartype_package
beartype_package("pool_registry_types")
from pool_registry_types import *
node = NodeInfo.from_dict({MESSAGES[NodeInfo]})
print(NodeInfo.from_json(node.to_json()) == NodeInfo.from_dict(node.to_dict()) == node)
try:
    NodeInfo.from_dict({{}})
except ValidationError as error:
    print(error)
"""
    done = helpers.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("True\nNodeInfo.node_id: missing\n", "")


def test_the_test_extra_lists_exactly_the_packages_that_tests_import() -> None:
    # Each is listed, because a package that is installed only as a dependency of another gets no lower bound from us.
    # Only subprocesses import beartype and uvicorn.
    files = [file for folder in ("", "interop/", "services/") for file in ROOT.glob(f"tests/{folder}*.py")]
    text = "\n".join(file.read_text("utf-8") for file in files)
    imported = {*re.findall(r"^(?:from|import) (\w+)", text, re.MULTILINE), "beartype", "uvicorn"}
    ours = {file.stem for file in files} | {"dateutil", "interop", "pool_registry_types"}
    of_pydantic = {"annotated_types", "pydantic_core", "typing_extensions"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extra = {re.split("[>=]", name.replace("-", "_"))[0] for name in project["optional-dependencies"]["test"]}
    assert extra == imported - sys.stdlib_module_names - ours - of_pydantic
