"""What is valid, to the reader and the constructor alike; an instance that exists is valid, and stays as it is."""

import dataclasses
import operator
import subprocess
import sys
import traceback
import weakref
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from enum import IntEnum, StrEnum
from typing import Any, NamedTuple
from unittest.mock import MagicMock

import pytest
from hypothesis import given
from hypothesis import strategies as st

import helpers
from fields import (
    DOCUMENTS,
    ENUMS,
    FIELDS,
    HIGH,
    MISSING,
    REFUSED_ARGUMENTS,
    REFUSED_MEMBERS,
    SAMPLES,
    LyingText,
    Refused,
    WireClass,
    Zone,
    classes,
    reason,
)
from helpers import arguments_of, construct, named, read, refusal, replace, without
from pool_registry_types import (
    GpuInfo,
    HealthState,
    HealthStatus,
    NodeCapabilities,
    NodeInfo,
    PoolMetadata,
    PoolSnapshot,
    ValidationError,
    _wire,
)
from strategies import VALUES

MAKES: dict[str, tuple[Callable[..., Any], dict[str, Refused]]] = {
    "read": (read, REFUSED_MEMBERS),
    "construct": (construct, REFUSED_ARGUMENTS),
}


@pytest.mark.parametrize(
    ("make", "cls", "name", "value", "reason"),
    [
        pytest.param(make, cls, name, *case, id=f"{way} {cls.__name__}.{name}: {what}")
        for way, (make, refused) in MAKES.items()
        for cls, kinds in FIELDS.items()
        for name, kind in kinds.items()
        for what, case in refused[kind].items()
    ],
)
def test_refused(make: Callable[..., Any], cls: WireClass, name: str, value: Any, reason: str) -> None:
    error = refusal(make, cls, **{name: value})
    assert (error.type_name, error.path, error.reason) == (cls.__name__, (name,), reason)


GPU, CAPABILITIES = DOCUMENTS[GpuInfo], DOCUMENTS[NodeCapabilities]


def node_with_gpus(*gpus: Any) -> dict[str, Any]:
    return {"capabilities": CAPABILITIES | {"gpus": list(gpus)}}


GPUS = "NodeInfo.capabilities.gpus"


@pytest.mark.parametrize(
    ("make", "cls", "fields", "text"),
    named(
        {
            "a member of an item": (
                *(read, NodeInfo, node_with_gpus(GPU, GPU | {"vram_total_mb": -1})),
                f"{GPUS}[1].vram_total_mb: {reason('u64', '-1')}",
            ),
            "none in an item": (read, NodeInfo, node_with_gpus(without("name", GPU)), f"{GPUS}[0].name: {MISSING}"),
            "an item": (read, NodeInfo, node_with_gpus(GPU, None, {}), f"{GPUS}[1]: {reason('object', 'null')}"),
            "a value among the documents": (
                *(read, NodeCapabilities, {"gpus": (GPU, SAMPLES[GpuInfo], None)}),
                f"NodeCapabilities.gpus[1]: {reason('object', 'GpuInfo')}",
            ),
            "a document among the values": (
                *(construct, NodeCapabilities, {"gpus": (SAMPLES[GpuInfo], GPU, None)}),
                f"NodeCapabilities.gpus[1]: {reason('a GpuInfo', 'an object')}",
            ),
            "none in a member": (
                *(read, PoolSnapshot, {"health": without("slots_free", DOCUMENTS[HealthStatus])}),
                f"PoolSnapshot.health.slots_free: {MISSING}",
            ),
        }
        | {
            f"{way} {what}": (make, NodeInfo, {"pools": pools}, f"NodeInfo.pools{why}")
            for way, (make, _) in MAKES.items()
            for what, pools, why in (
                ("the first pool", [None], f"[0]: {reason('text', 'null')}"),
                ("the second pool", ("pool-0", 1, None), f"[1]: {reason('text', '1')}"),
                ("a surrogate", ["é", f"pool-{HIGH}"], "[1]: " + reason("scalar values", r"'pool-\ud800'")),
            )
        }
    ),
)
def test_the_path_leads_to_the_first_bad_value(
    make: Callable[..., Any], cls: WireClass, fields: dict[str, Any], text: str
) -> None:
    assert str(refusal(make, cls, **fields)) == text


@pytest.mark.parametrize("kind", [int, str, list, tuple, dict, datetime, GpuInfo])
@classes
def test_a_mock_is_not_a_value(cls: WireClass, kind: type) -> None:
    mock = MagicMock(spec=kind)
    for name in FIELDS[cls]:
        for make in read, construct:
            assert refusal(make, cls, **{name: mock}).reason.endswith(", got MagicMock")
    assert refusal(cls.from_dict, mock).reason == reason("object", "MagicMock")
    assert refusal(cls.from_json, mock).reason.endswith(", got MagicMock")


class Engine(StrEnum):
    LLAMACPP = "llamacpp"


class Device(IntEnum):
    FIRST = 1


class Number(int):
    """An int whose methods lie about its value."""

    def __int__(self) -> int:
        return 7

    __add__ = __radd__ = __index__ = __abs__ = __pos__ = __trunc__ = __int__  # type: ignore[assignment]


class Pair(NamedTuple):
    first: str
    second: str


class Texts(list[str]):
    pass


class OtherDatetime(datetime):
    pass


READ, CONSTRUCT = (read,), (construct, replace)
BOTH = READ + CONSTRUCT
POOLS, ENGINE = (BOTH, NodeInfo, "pools"), (BOTH, PoolMetadata, "engine")
READ_GPUS, CONSTRUCT_GPUS = (READ, NodeCapabilities, "gpus"), (CONSTRUCT, NodeCapabilities, "gpus")
LAST_CHECK = (CONSTRUCT, HealthStatus, "last_check")
NEW_YEAR, YEAR_1 = datetime(2025, 1, 1, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)
ONE_MINUTE_EAST = timezone(timedelta(minutes=1))

# The night when summer ends: the hour from two o'clock comes twice.
AUTUMN = datetime(2025, 10, 26, 2, tzinfo=Zone(lambda moment: timedelta(hours=1 if moment.fold else 2)))
ODD_ZONE = timezone(timedelta(hours=1, seconds=7, microseconds=3))

GPU_1 = dataclasses.replace(SAMPLES[GpuInfo], device_id=1)
NO_ORDER = (GPU_1, SAMPLES[GpuInfo], GPU_1)


@pytest.mark.parametrize(
    ("makes", "cls", "name", "given", "stored"),
    named(
        {
            "a list": (*POOLS, ["a", "é"], ("a", "é")),
            "a NamedTuple": (*POOLS, Pair("a", "b"), ("a", "b")),
            "a subclass of list": (*POOLS, Texts(["a"]), ("a",)),
            "a list of enum members": (*POOLS, [Engine.LLAMACPP], ("llamacpp",)),
            "no pools": (*POOLS, [], ()),
            "pools in no order, one twice": (*POOLS, ["b", "a", "", "b"], ("b", "a", "", "b")),
            "no GPUs": (BOTH, NodeCapabilities, "gpus", [], ()),
            "documents in no order, one twice": (*READ_GPUS, [gpu.to_dict() for gpu in NO_ORDER], NO_ORDER),
            "GPUs in no order, one twice": (*CONSTRUCT_GPUS, [*NO_ORDER], NO_ORDER),
            "a StrEnum": (*ENGINE, Engine.LLAMACPP, "llamacpp"),
            "a lying str": (*ENGINE, LyingText("llamacpp"), "llamacpp"),
            "a lying str that is not ASCII": (*ENGINE, LyingText("é"), "é"),
            "an empty text": (BOTH, PoolMetadata, "pool_id", "", ""),
            "an empty text where none may be": (*ENGINE, "", ""),
            "blanks around": (*ENGINE, " \t a \n", " \t a \n"),
            "capitals": (BOTH, NodeInfo, "hostname", "Machine-ALPHA.local.", "Machine-ALPHA.local."),
            "a URL with a slash at its end": (BOTH, NodeInfo, "endpoint", "HTTP://x:80/a/../", "HTTP://x:80/a/../"),
            "what Unicode could normalize": (*ENGINE, "e\u0301\xe9\ufb01\u2126\uff32", "e\u0301\xe9\ufb01\u2126\uff32"),
            "a NUL and a byte-order mark": (*ENGINE, "\0\ufeff", "\0\ufeff"),
            "an IntEnum": (BOTH, GpuInfo, "device_id", Device.FIRST, 1),
            "a lying int": (BOTH, GpuInfo, "device_id", Number(5), 5),
            "0 where none may be": (BOTH, NodeCapabilities, "cpu_cores", 0, 0),
            "2^64-1": (BOTH, GpuInfo, "vram_total_mb", 2**64 - 1, 2**64 - 1),
            "more slots free than there are": (BOTH, HealthStatus, "slots_free", 5, 5),
            "a member of the enum": (READ, HealthStatus, "state", HealthState.FAILED, HealthState.FAILED),
            "a lying name": (READ, HealthStatus, "state", LyingText("Ready"), HealthState.READY),
            "a lying timestamp": (READ, HealthStatus, "last_check", LyingText("2025-01-01T00:00:00Z"), NEW_YEAR),
            "the start of year 1": (*LAST_CHECK, datetime(1, 1, 1, 0, 1, tzinfo=ONE_MINUTE_EAST), YEAR_1),
            "a fold in UTC": (*LAST_CHECK, NEW_YEAR.replace(fold=1), NEW_YEAR),
            "an offset with seconds": (*LAST_CHECK, NEW_YEAR.astimezone(ODD_ZONE), NEW_YEAR),
            "summer's last hour": (*LAST_CHECK, AUTUMN, datetime(2025, 10, 26, tzinfo=UTC)),
            "winter's first hour": (*LAST_CHECK, AUTUMN.replace(fold=1), datetime(2025, 10, 26, 1, tzinfo=UTC)),
            "a subclass of datetime": (*LAST_CHECK, OtherDatetime(2025, 1, 1, tzinfo=UTC), NEW_YEAR),
            "another zone of UTC": (*LAST_CHECK, NEW_YEAR.astimezone(timezone(timedelta(0), "UTC+0")), NEW_YEAR),
        }
    ),
)
def test_what_is_stored(
    makes: tuple[Callable[..., Any], ...], cls: WireClass, name: str, given: Any, stored: Any
) -> None:
    for make in makes:
        made = make(cls, **{name: given})
        value = getattr(made, name)
        assert value == stored
        assert type(value) is type(stored)
        assert repr(value) == repr(stored)
        if isinstance(stored, tuple):
            assert [type(item) for item in value] == [type(item) for item in stored]
        if isinstance(stored, datetime):
            assert (value.tzinfo, value.fold) == (UTC, 0)
        assert read(cls, **{name: made.to_dict()[name]}) == made


def test_a_zone_without_an_offset_does_not_count() -> None:
    moment = NEW_YEAR.replace(tzinfo=Zone(lambda _: None))
    assert refusal(construct, HealthStatus, last_check=moment).reason.endswith(" UTC, got 2025-01-01T00:00:00")


@pytest.mark.parametrize(
    ("offset", "error"),
    named(
        {
            "raises": (lambda _: 1 // 0, ZeroDivisionError),
            "overflows": (lambda _: timedelta.max * 2, OverflowError),
            "ends": (lambda _: next(iter(())), StopIteration),
            "cannot convert": (lambda _: int("summer"), ValueError),
            "lacks a name": (lambda _: dict[str, Any]()["summer"], KeyError),
            "gives a text": (lambda _: "+02:00", TypeError),
        }
    ),
)
def test_an_exception_of_a_zone_is_its_own(offset: Callable[[Any], Any], error: type[Exception]) -> None:
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
    assert helpers.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout == "('device_id',)\n" * 2


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
    arguments = arguments_of(SAMPLES[cls])
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
def test_two_values_are_equal_if_all_of_their_fields_are(cls: WireClass, data: st.DataObject) -> None:
    value, other = data.draw(VALUES[cls]), data.draw(VALUES[cls])
    twin = cls(**arguments_of(value))
    assert (twin == value, hash(twin), repr(twin)) == (True, hash(value), repr(value))
    for name in FIELDS[cls]:
        if getattr(value, name) != getattr(other, name):
            near = dataclasses.replace(value, **{name: getattr(other, name)})
            assert (near == value, value != near, repr(near) != repr(value)) == (False, True, True), name
            # Python's own hash of 2^64-1 is that of 7.
            assert (hash(near) != hash(value)) is (hash(getattr(near, name)) != hash(getattr(value, name))), name


@classes
def test_the_repr_has_every_field(cls: WireClass) -> None:
    fields = ", ".join(f"{name}={value!r}" for name, value in arguments_of(SAMPLES[cls]).items())
    assert repr(SAMPLES[cls]) == str(SAMPLES[cls]) == f"{SAMPLES[cls]}" == f"{cls.__name__}({fields})"


PROTOCOL = {
    *("__doc__", "__module__", "__qualname__", "__slots__", "__weakref__", "__dict__", "__abstractmethods__"),
    *("__annotations__", "__annotations_cache__", "__annotate_func__", "__annotate__", "__static_attributes__"),
    *("__firstlineno__", "__match_args__", "__dataclass_fields__", "__dataclass_params__", "__final__"),
    *("__init__", "__post_init__", "__init_subclass__", "__setattr__", "__delattr__", "__replace__"),
    *("__eq__", "__hash__", "__repr__", "__reduce__", "__setstate__", "__getstate__"),
    *("__copy__", "__deepcopy__"),
    "__get_pydantic_core_schema__",
}
"""The special names that a type may define. With another it could count, iterate or compare."""


@classes
def test_values_have_no_other_protocol(cls: WireClass) -> None:
    defined = {name for base in cls.__mro__[:-1] for name in vars(base) if name.startswith("__")}
    of_tools = {name for name in defined if name.startswith(("__msgspec_", "__pydantic_"))}
    assert defined - of_tools <= PROTOCOL
    value = SAMPLES[cls]
    assert bool(value)
    assert value not in (value.to_dict(), (*value.to_dict().values(),))
    for compare in operator.lt, operator.le, operator.gt, operator.ge:
        with pytest.raises(TypeError):
            compare(value, value)


@classes
def test_the_public_names_of_a_value(cls: WireClass) -> None:
    predicates = {
        NodeInfo: ["is_online", "is_available"],
        HealthStatus: ["is_available"],
        PoolSnapshot: ["is_available"],
    }
    methods = ["from_dict", "from_json", "to_dict", "to_json", *predicates.get(cls, ())]
    assert {name for name in dir(cls) if not name.startswith("_")} == {*FIELDS[cls], *methods}


@pytest.mark.parametrize("enum", ENUMS)
def test_enums_are_the_names_on_the_wire(enum: Any) -> None:
    assert [str(member) for member in enum] == ENUMS[enum]
    assert {*enum.__members__} == {name.upper() for name in ENUMS[enum]}
    for member in enum:
        name = str(member)
        assert (member == name, member == name.lower(), bool(member), hash(member)) == (True, False, True, hash(name))
        for near in name.lower(), name.upper(), f" {name}", f"{name}\n", name[:-1], "", None, 1:
            with pytest.raises(ValueError, match=f"is not a valid {enum.__name__}"):
                enum(near)


@classes
def test_the_classes_are_final(cls: WireClass) -> None:
    message = rf"^{cls.__name__} cannot be subclassed: put it in a message of your own instead$"
    for bases in (cls,), (cls, object):
        with pytest.raises(TypeError, match=message):
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
    assert read == value
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(read, next(iter(FIELDS[cls])), None)


@classes
def test_values_can_be_referenced_weakly(cls: WireClass) -> None:
    for make in read, construct:
        value = make(cls)
        reference = weakref.ref(value)
        assert reference() is value
        del value
        assert reference() is None


@classes
def test_no_half_read_value_is_left_for_a_debugger(cls: WireClass) -> None:
    last = [*FIELDS[cls]][-1]
    with pytest.raises(ValidationError) as caught:
        read(cls, **{last: b""})
    assert [*traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()]
    frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
    assert not [local for frame in frames for local in frame.f_locals.values() if type(local) is cls]
