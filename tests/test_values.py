"""What is valid, to the reader and the constructor alike; an instance that exists is valid, and stays as it is."""

import copy
import dataclasses
import pickle
import subprocess
import sys
import traceback
import weakref
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from enum import IntEnum, StrEnum
from typing import Any, NamedTuple
from unittest.mock import MagicMock

import pytest
from hypothesis import given
from hypothesis import strategies as st

import processes
from pool_registry_types import (
    GpuInfo,
    HealthState,
    HealthStatus,
    NodeCapabilities,
    NodeInfo,
    NodeStatus,
    PoolMetadata,
    PoolSnapshot,
    ValidationError,
    _wire,
)
from strategies import VALUES, moments, zones
from tables import DOCUMENTS, FIELDS, REFUSED_ARGUMENTS, REFUSED_MEMBERS, WireClass

SAMPLES: dict[WireClass, Any] = {cls: cls.from_dict(document) for cls, document in DOCUMENTS.items()}
classes = pytest.mark.parametrize("cls", FIELDS)


def read(cls: WireClass, **members: Any) -> Any:
    return cls.from_dict(DOCUMENTS[cls] | members)


def construct(cls: WireClass, **arguments: Any) -> Any:
    return cls(**{name: getattr(SAMPLES[cls], name) for name in FIELDS[cls]} | arguments)


def replace(cls: WireClass, **arguments: Any) -> Any:
    return dataclasses.replace(SAMPLES[cls], **arguments)


def refusal(make: Callable[..., Any], *arguments: Any, **fields: Any) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        make(*arguments, **fields)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    return caught.value


@pytest.mark.parametrize(
    ("make", "cls", "name", "value", "reason"),
    [
        pytest.param(make, cls, name, value, reason, id=f"{make.__name__}-{cls.__name__}.{name}-{number}")
        for make, refused in ((read, REFUSED_MEMBERS), (construct, REFUSED_ARGUMENTS), (replace, REFUSED_ARGUMENTS))
        for cls, kinds in FIELDS.items()
        for name, kind in kinds.items()
        for number, (value, reason) in enumerate(refused[kind])
    ],
)
def test_refused(make: Callable[..., Any], cls: WireClass, name: str, value: Any, reason: str) -> None:
    error = refusal(make, cls, **{name: value})
    assert (error.type_name, error.path, error.reason) == (cls.__name__, (name,), reason)


GPU, CAPABILITIES, NODE = DOCUMENTS[GpuInfo], DOCUMENTS[NodeCapabilities], DOCUMENTS[NodeInfo]
U64 = "expected an integer from 0 to 18446744073709551615, got"


def node_with_gpus(*gpus: Any) -> dict[str, Any]:
    return {"capabilities": CAPABILITIES | {"gpus": list(gpus)}}


def without(name: str, document: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != name}


@pytest.mark.parametrize(
    ("make", "cls", "fields", "path", "text"),
    [
        (
            read,
            NodeInfo,
            node_with_gpus(GPU, GPU | {"vram_total_mb": -1}),
            ("capabilities", "gpus", 1, "vram_total_mb"),
            f"NodeInfo.capabilities.gpus[1].vram_total_mb: {U64} -1",
        ),
        (
            read,
            NodeInfo,
            node_with_gpus(without("name", GPU)),
            ("capabilities", "gpus", 0, "name"),
            "NodeInfo.capabilities.gpus[0].name: missing",
        ),
        (
            read,
            NodeInfo,
            node_with_gpus(GPU, None),
            ("capabilities", "gpus", 1),
            "NodeInfo.capabilities.gpus[1]: expected an object, got null",
        ),
        (
            read,
            NodeCapabilities,
            {"gpus": (GPU, SAMPLES[GpuInfo])},
            ("gpus", 1),
            "NodeCapabilities.gpus[1]: expected an object, got GpuInfo",
        ),
        (
            construct,
            NodeCapabilities,
            {"gpus": (SAMPLES[GpuInfo], GPU)},
            ("gpus", 1),
            "NodeCapabilities.gpus[1]: expected a GpuInfo, got an object",
        ),
        (
            read,
            PoolSnapshot,
            {"health": without("slots_free", DOCUMENTS[HealthStatus])},
            ("health", "slots_free"),
            "PoolSnapshot.health.slots_free: missing",
        ),
        *(
            (make, NodeInfo, {"pools": pools}, ("pools", index), f"NodeInfo.pools[{index}]: expected a string{got}")
            for make in (read, construct)
            for pools, index, got in (
                ([None], 0, ", got null"),
                (("pool-0", 1), 1, ", got 1"),
                (["é", "pool-\ud800"], 1, r" without lone surrogates, got 'pool-\ud800'"),
            )
        ),
    ],
    ids=range(12),
)
def test_the_path_leads_to_the_value(
    make: Callable[..., Any], cls: WireClass, fields: dict[str, Any], path: tuple[str | int, ...], text: str
) -> None:
    error = refusal(make, cls, **fields)
    assert (error.path, str(error)) == (path, text)


@pytest.mark.parametrize("kind", [int, str, list, tuple, dict, datetime, GpuInfo])
@classes
def test_a_mock_is_no_value(cls: WireClass, kind: type) -> None:
    mock = MagicMock(spec=kind)
    for name in FIELDS[cls]:
        for make in read, construct:
            assert refusal(make, cls, **{name: mock}).reason.endswith(", got MagicMock")
    assert refusal(cls.from_dict, mock).reason == "expected an object, got MagicMock"
    assert refusal(cls.from_json, mock).reason == "not I-JSON: expected str, bytes or bytearray, got MagicMock"


class Engine(StrEnum):
    LLAMACPP = "llamacpp"


class Device(IntEnum):
    FIRST = 1


class Text(str):
    """A str whose methods, and so whose users, do not tell its characters."""

    __slots__ = ()

    def __str__(self) -> str:
        return "other"

    __repr__ = __format__ = encode = __str__  # type: ignore[assignment]


class Number(int):
    """An int whose methods, and so whose users, do not tell its value."""

    def __int__(self) -> int:
        return 7

    __add__ = __index__ = __int__  # type: ignore[assignment]


class Pair(NamedTuple):
    first: str
    second: str


class Texts(list[str]):
    pass


class OtherDatetime(datetime):
    pass


READ, CONSTRUCT = (read,), (construct, replace)
BOTH = READ + CONSTRUCT
ONE_HOUR_EAST = timezone(timedelta(hours=1))
NEW_YEAR = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("makes", "cls", "name", "given", "stored"),
    [
        (BOTH, NodeInfo, "pools", ["a", "é"], ("a", "é")),
        (BOTH, NodeInfo, "pools", Pair("a", "b"), ("a", "b")),
        (BOTH, NodeInfo, "pools", Texts(["a"]), ("a",)),
        (BOTH, NodeInfo, "pools", [Engine.LLAMACPP], ("llamacpp",)),
        (BOTH, NodeInfo, "pools", [], ()),
        (BOTH, NodeCapabilities, "gpus", [], ()),
        (BOTH, PoolMetadata, "engine", Engine.LLAMACPP, "llamacpp"),
        (BOTH, PoolMetadata, "engine", Text("llamacpp"), "llamacpp"),
        (BOTH, PoolMetadata, "engine", Text("é"), "é"),
        (BOTH, PoolMetadata, "pool_id", "", ""),
        (BOTH, GpuInfo, "device_id", Device.FIRST, 1),
        (BOTH, GpuInfo, "device_id", Number(5), 5),
        (BOTH, GpuInfo, "vram_total_mb", 2**64 - 1, 2**64 - 1),
        (BOTH, HealthStatus, "slots_free", 5, 5),
        (READ, HealthStatus, "state", HealthState.FAILED, HealthState.FAILED),
        (READ, HealthStatus, "last_check", Text("2025-01-01T00:00:00Z"), NEW_YEAR),
        (
            CONSTRUCT,
            HealthStatus,
            "last_check",
            datetime(1, 1, 1, 1, tzinfo=ONE_HOUR_EAST),
            datetime(1, 1, 1, tzinfo=UTC),
        ),
        (CONSTRUCT, HealthStatus, "last_check", NEW_YEAR.replace(fold=1), NEW_YEAR),
        (CONSTRUCT, HealthStatus, "last_check", OtherDatetime(2025, 1, 1, tzinfo=UTC), NEW_YEAR),
        (CONSTRUCT, HealthStatus, "last_check", NEW_YEAR.replace(tzinfo=timezone(timedelta(0), "UTC+0")), NEW_YEAR),
    ],
    ids=range(20),
)
def test_what_is_stored(
    makes: tuple[Callable[..., Any], ...], cls: WireClass, name: str, given: Any, stored: Any
) -> None:
    for make in makes:
        value = getattr(make(cls, **{name: given}), name)
        assert value == stored
        assert type(value) is type(stored)
        assert repr(value) == repr(stored)
        if isinstance(stored, tuple):
            assert [type(item) for item in value] == [type(item) for item in stored]


@given(moments, zones)
def test_the_constructor_converts_to_utc(moment: datetime, zone: timezone) -> None:
    local = moment.replace(tzinfo=zone)
    try:
        expected = local.astimezone(UTC)
    except OverflowError:
        assert refusal(construct, HealthStatus, last_check=local).reason.endswith(f" UTC, got {local.isoformat()}")
    else:
        stored = construct(HealthStatus, last_check=local).last_check
        assert stored == expected
        assert (type(stored), stored.tzinfo) == (datetime, UTC)


class Zone(tzinfo):
    """A zone as other people write them: its offset is whatever ``offset`` gives or raises."""

    def __init__(self, offset: Callable[[], Any]) -> None:
        self.offset = offset

    def utcoffset(self, _: datetime | None) -> Any:
        return self.offset()

    dst = tzname = utcoffset


def test_a_zone_without_an_offset_is_none() -> None:
    moment = NEW_YEAR.replace(tzinfo=Zone(lambda: None))
    assert refusal(construct, HealthStatus, last_check=moment).reason.endswith(" UTC, got 2025-01-01T00:00:00")


@pytest.mark.parametrize(
    ("offset", "error"),
    [
        (lambda: 1 // 0, ZeroDivisionError),
        (lambda: next(iter(())), StopIteration),
        (lambda: int("summer"), ValueError),
        (lambda: "+02:00", TypeError),
    ],
)
def test_an_exception_of_a_zone_is_its_own(offset: Callable[[], Any], error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        construct(HealthStatus, last_check=NEW_YEAR.replace(tzinfo=Zone(offset)))
    assert type(caught.value) is error


def test_values_are_checked_in_optimized_python_too() -> None:
    script = """
from pool_registry_types import *
for make in GpuInfo.from_dict, lambda fields: GpuInfo(**fields):
    try:
        make({"device_id": -1, "name": "", "vram_total_mb": 0, "cuda_compute_capability": ""})
    except ValidationError as error:
        print(error.path)
"""
    command = [sys.executable, "-OO", "-c", script]
    assert processes.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout == "('device_id',)\n" * 2


@classes
def test_values_cannot_be_changed(cls: WireClass) -> None:
    value = construct(cls)
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
    arguments = {name: getattr(SAMPLES[cls], name) for name in FIELDS[cls]}
    with pytest.raises(TypeError):
        cls(*arguments.values())
    for name, kind in FIELDS[cls].items():
        if kind.startswith("opt "):
            assert getattr(cls(**without(name, arguments)), name) is None
        else:
            with pytest.raises(TypeError, match=name):
                cls(**without(name, arguments))


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
    pools, gpus = ["pool-0"], [SAMPLES[GpuInfo]]
    node = construct(NodeInfo, pools=pools, capabilities=construct(NodeCapabilities, gpus=gpus))
    pools.clear()
    gpus.clear()
    assert node.pools == ("pool-0",)
    assert len(node.capabilities.gpus) == 1


@classes
def test_the_classes_are_final(cls: WireClass) -> None:
    for bases in (cls,), (object, cls)[::-1]:
        with pytest.raises(
            TypeError, match=rf"^{cls.__name__} is final: to add to it, hold it in a message of your own$"
        ):
            type("More", bases, {})


@pytest.mark.parametrize("has_gil", [True, False])
@classes
@given(data=st.data())
def test_a_value_that_was_read_is_as_one_that_was_made(cls: WireClass, has_gil: bool, data: st.DataObject) -> None:
    value = data.draw(VALUES[cls])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_wire, "_HAS_GIL", has_gil)
        read = cls.from_dict(value.to_dict())
    assert (type(read), repr(read), hash(read)) == (cls, repr(value), hash(value))
    assert weakref.ref(read)() is read
    assert read == value
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(read, next(iter(FIELDS[cls])), None)


@classes
def test_no_half_read_value_is_left_for_a_debugger(cls: WireClass) -> None:
    last = [*FIELDS[cls]][-1]
    with pytest.raises(ValidationError) as caught:
        read(cls, **{last: b""})
    assert [*traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()]
    frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
    assert not [local for frame in frames for local in frame.f_locals.values() if type(local) is cls]
