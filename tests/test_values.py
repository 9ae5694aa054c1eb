"""An instance that exists is a valid one, and stays as it is."""

import copy
import dataclasses
import pickle
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from enum import IntEnum, StrEnum
from typing import Any, NamedTuple
from unittest.mock import MagicMock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pool_registry_types import (
    GpuInfo,
    HealthState,
    HealthStatus,
    NodeCapabilities,
    NodeInfo,
    NodeStatus,
    PoolMetadata,
    ValidationError,
)
from strategies import VALUES, moments, zones
from tables import DOCUMENTS, FIELDS, NO_ARGUMENT, WireClass

ARGUMENTS: dict[WireClass, dict[str, Any]] = {
    cls: {name: getattr(value, name) for name in FIELDS[cls]}
    for cls, value in ((cls, cls.from_dict(document)) for cls, document in DOCUMENTS.items())
}
classes = pytest.mark.parametrize("cls", FIELDS)


@pytest.mark.parametrize(
    ("cls", "name", "value", "reason"),
    [
        (cls, name, value, reason)
        for cls, kinds in FIELDS.items()
        for name, kind in kinds.items()
        for value, reason in NO_ARGUMENT[kind]
    ],
)
def test_the_constructor_refuses(cls: WireClass, name: str, value: Any, reason: str) -> None:
    with pytest.raises(ValidationError) as construct:
        cls(**ARGUMENTS[cls] | {name: value})
    with pytest.raises(ValidationError) as replace:
        dataclasses.replace(cls(**ARGUMENTS[cls]), **{name: value})
    assert str(construct.value) == str(replace.value) == f"{cls.__name__}.{name}: {reason}"
    assert (construct.value.path, construct.value.reason) == ((name,), reason)


@pytest.mark.parametrize(
    ("cls", "arguments", "message"),
    [
        (NodeInfo, {"pools": ("a", 1)}, "NodeInfo.pools[1]: expected a string, got 1"),
        (
            NodeInfo,
            {"pools": ["é", "\ud800"]},
            r"NodeInfo.pools[1]: expected a string without lone surrogates, got '\ud800'",
        ),
        (
            NodeCapabilities,
            {"gpus": [*ARGUMENTS[NodeCapabilities]["gpus"], {}]},
            "NodeCapabilities.gpus[1]: expected a GpuInfo, got an object",
        ),
    ],
)
def test_the_constructor_refuses_an_item(cls: WireClass, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        cls(**ARGUMENTS[cls] | arguments)
    assert str(caught.value) == message


class Engine(StrEnum):
    LLAMACPP = "llamacpp"


class Device(IntEnum):
    FIRST = 0


class Pair(NamedTuple):
    first: str
    second: str


ONE_HOUR_EAST = timezone(timedelta(hours=1))


class OtherDatetime(datetime):
    pass


@pytest.mark.parametrize(
    ("cls", "name", "argument", "stored"),
    [
        (NodeInfo, "pools", ["a", "é"], ("a", "é")),
        (NodeInfo, "pools", Pair("a", "b"), ("a", "b")),
        (NodeInfo, "pools", [Engine.LLAMACPP], ("llamacpp",)),
        (NodeInfo, "pools", [], ()),
        (NodeCapabilities, "gpus", [], ()),
        (PoolMetadata, "engine", Engine.LLAMACPP, "llamacpp"),
        (PoolMetadata, "pool_id", "", ""),
        (GpuInfo, "device_id", Device.FIRST, 0),
        (GpuInfo, "vram_total_mb", 2**64 - 1, 2**64 - 1),
        (HealthStatus, "slots_free", 5, 5),
        (HealthStatus, "last_check", datetime(1, 1, 1, 1, tzinfo=ONE_HOUR_EAST), datetime(1, 1, 1, tzinfo=UTC)),
        (HealthStatus, "last_check", datetime(2025, 10, 1, fold=1, tzinfo=UTC), datetime(2025, 10, 1, tzinfo=UTC)),
        (HealthStatus, "last_check", OtherDatetime(2025, 10, 1, tzinfo=UTC), datetime(2025, 10, 1, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_the_constructor_stores(cls: WireClass, name: str, argument: Any, stored: Any) -> None:
    value = getattr(cls(**ARGUMENTS[cls] | {name: argument}), name)
    assert value == stored
    assert type(value) is type(stored)
    assert repr(value) == repr(stored)
    if isinstance(stored, tuple):
        assert [type(item) for item in value] == [type(item) for item in stored]


@given(moments, zones)
def test_the_constructor_converts_to_utc(moment: datetime, zone: timezone) -> None:
    def at(moment: datetime) -> datetime:
        return HealthStatus(**ARGUMENTS[HealthStatus] | {"last_check": moment}).last_check

    local = moment.replace(tzinfo=zone)
    try:
        expected = local.astimezone(UTC)
    except OverflowError:
        with pytest.raises(ValidationError, match="expected an aware datetime in years 1 to 9999 UTC, got datetime"):
            at(local)
    else:
        assert at(local) == expected
        assert at(local).tzinfo is UTC


class Zone(tzinfo):
    """A zone as other people write them: its offset is whatever ``offset`` gives or raises."""

    def __init__(self, offset: Callable[[], Any]) -> None:
        self.offset = offset

    def utcoffset(self, _: datetime | None) -> Any:
        return self.offset()

    def dst(self, _: datetime | None) -> None:
        return None

    def tzname(self, _: datetime | None) -> None:
        return None


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (date(2025, 10, 1), "date"),
        (datetime(2025, 10, 1, tzinfo=Zone(lambda: None)), "datetime"),
        (datetime(2025, 10, 1, tzinfo=Zone(lambda: 1 // 0)), "datetime"),
        (datetime(2025, 10, 1, tzinfo=Zone(lambda: "+02:00")), "datetime"),
        (datetime(2025, 10, 1, tzinfo=Zone(lambda: timedelta(days=2))), "datetime"),
    ],
)
def test_the_constructor_refuses_what_is_no_moment(moment: Any, shown: str) -> None:
    with pytest.raises(ValidationError) as caught:
        HealthStatus(**ARGUMENTS[HealthStatus] | {"last_check": moment})
    assert caught.value.reason == f"expected an aware datetime in years 1 to 9999 UTC, got {shown}"


@classes
def test_values_cannot_be_changed(cls: WireClass) -> None:
    value = cls(**ARGUMENTS[cls])
    for name in FIELDS[cls]:
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, name, getattr(value, name))
        with pytest.raises(dataclasses.FrozenInstanceError):
            delattr(value, name)
    assert not hasattr(value, "__dict__")
    with pytest.raises((AttributeError, TypeError)):
        value.unknown = 1


@classes
def test_arguments_are_by_keyword_and_only_optional_ones_may_be_absent(cls: WireClass) -> None:
    with pytest.raises(TypeError):
        cls(*ARGUMENTS[cls].values())
    for name, kind in FIELDS[cls].items():
        arguments = {key: value for key, value in ARGUMENTS[cls].items() if key != name}
        if kind.startswith("opt "):
            assert getattr(cls(**arguments), name) is None
        else:
            with pytest.raises(TypeError, match=name):
                cls(**arguments)


@classes
@given(data=st.data())
def test_values_are_equal_hashable_and_copied_by_value(cls: WireClass, data: st.DataObject) -> None:
    value = data.draw(VALUES[cls])
    twin = cls(**{name: getattr(value, name) for name in FIELDS[cls]})
    for other in (twin, copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):  # noqa: S301
        assert other == value
        assert hash(other) == hash(value)
    assert value != data.draw(VALUES[cls].filter(lambda other: other.to_dict() != value.to_dict()))
    assert value != value.to_dict()


@pytest.mark.parametrize(
    ("enum", "names"),
    [
        (HealthState, ["Initializing", "Ready", "Draining", "Failed", "Offline"]),
        (NodeStatus, ["Registering", "Online", "Draining", "Offline", "Failed"]),
    ],
)
def test_enums_are_the_names_on_the_wire(enum: type[StrEnum], names: list[str]) -> None:
    assert [str(member) for member in enum] == names
    assert [member.name for member in enum] == [name.upper() for name in names]


def test_a_list_that_was_given_may_change_afterwards() -> None:
    pools, gpus = ["pool-0"], [GpuInfo.from_dict(DOCUMENTS[GpuInfo])]
    capabilities = NodeCapabilities(gpus=gpus)  # type: ignore[arg-type]
    node = NodeInfo(**ARGUMENTS[NodeInfo] | {"pools": pools, "capabilities": capabilities})
    pools.clear()
    gpus.clear()
    assert node.pools == ("pool-0",)
    assert len(node.capabilities.gpus) == 1


@classes
@pytest.mark.parametrize("kind", [int, str, list, tuple, dict, datetime, GpuInfo])
def test_a_mock_is_no_argument(cls: WireClass, kind: type) -> None:
    for name in FIELDS[cls]:
        with pytest.raises(ValidationError, match=r", got MagicMock$"):
            cls(**ARGUMENTS[cls] | {name: MagicMock(spec=kind)})
