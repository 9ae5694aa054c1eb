"""Which values readers and constructors accept, and how they store them. Instances are valid and cannot be changed."""

import dataclasses
import operator
import weakref
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from http import HTTPStatus
from typing import Any, NamedTuple
from unittest.mock import MagicMock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fields import (
    ENUMS,
    FIELDS,
    HIGH,
    MESSAGES,
    MISSING,
    REJECTED_ARGUMENTS,
    REJECTED_VALUES,
    SAMPLES,
    VALUES,
    LyingString,
    Rejected,
    WireClass,
    Zone,
    classes,
    every_field,
    reason,
)
from helpers import arguments_of, construct, read, rejection, replace, without
from pool_registry_types import (
    GpuInfo,
    HealthState,
    HealthStatus,
    NodeCapabilities,
    NodeInfo,
    PoolMetadata,
    PoolSnapshot,
    _wire,
)

GPU, CAPABILITIES = MESSAGES[GpuInfo], MESSAGES[NodeCapabilities]


@pytest.mark.parametrize(("make", "rejected"), [(read, REJECTED_VALUES), (construct, REJECTED_ARGUMENTS)])
@every_field
def test_invalid_values_are_rejected(
    cls: WireClass, name: str, make: Callable[..., Any], rejected: dict[str, Rejected]
) -> None:
    for description, (value, why) in rejected[FIELDS[cls][name]].items():
        error = rejection(make, cls, **{name: value})
        assert (error.type_name, error.path, error.reason) == (cls.__name__, (name,), why), description


@pytest.mark.parametrize("make", [read, construct])
@pytest.mark.parametrize(
    ("pools", "text"),
    [
        ([None], f"[0]: {reason('text', 'null')}"),
        (("pool-0", 1, None), f"[1]: {reason('text', '1')}"),
        (["é", f"pool-{HIGH}"], "[1]: " + reason("no surrogates", r"'pool-\ud800'")),
    ],
)
def test_the_path_leads_to_the_first_bad_pool(make: Callable[..., Any], pools: Sequence[Any], text: str) -> None:
    assert str(rejection(make, NodeInfo, pools=pools)) == f"NodeInfo.pools{text}"


@pytest.mark.parametrize(
    ("gpus", "text"),
    [
        ([GPU, GPU | {"vram_total_mb": -1}], f"[1].vram_total_mb: {reason('u64', '-1')}"),
        ([without("name", GPU)], f"[0].name: {MISSING}"),
        ([GPU, None, {}], f"[1]: {reason('object', 'null')}"),
        ((GPU, SAMPLES[GpuInfo], None), f"[1]: {reason('object', 'GpuInfo')}"),  # an instance among messages
    ],
)
def test_the_path_leads_to_the_first_bad_gpu(gpus: Sequence[Any], text: str) -> None:
    capabilities = CAPABILITIES | {"gpus": gpus}
    assert str(rejection(NodeCapabilities.from_dict, capabilities)) == f"NodeCapabilities.gpus{text}"
    assert str(rejection(read, NodeInfo, capabilities=capabilities)) == f"NodeInfo.capabilities.gpus{text}"


def test_the_path_leads_to_a_bad_value_in_a_nested_message() -> None:
    assert str(rejection(read, PoolSnapshot, health={})) == f"PoolSnapshot.health.state: {MISSING}"
    error = rejection(construct, NodeCapabilities, gpus=(SAMPLES[GpuInfo], GPU, None))  # a message among instances
    assert str(error) == f"NodeCapabilities.gpus[1]: {reason('a GpuInfo', 'an object')}"


@classes
def test_the_first_bad_or_missing_field_is_named(cls: WireClass) -> None:
    names = list(FIELDS[cls])
    for index, name in enumerate(names):
        bad = dict.fromkeys(names[index:], b"")
        assert rejection(read, cls, **bad).path == rejection(construct, cls, **bad).path == (name,)
        only_bad = {key: value for key, value in (MESSAGES[cls] | bad).items() if key not in names[index + 1 :]}
        assert rejection(cls.from_dict, only_bad).path == (name,)
        if not FIELDS[cls][name].startswith("opt "):
            assert rejection(cls.from_dict, without(name, MESSAGES[cls] | bad)).path == (name,)


@pytest.mark.parametrize("kind", [int, str, list, tuple, dict, datetime, GpuInfo])
@classes
def test_a_mock_is_rejected(cls: WireClass, kind: type) -> None:
    mock = MagicMock(spec=kind)
    for name in FIELDS[cls]:
        for make in read, construct:
            assert rejection(make, cls, **{name: mock}).reason.endswith(", got MagicMock")
    assert rejection(cls.from_dict, mock).reason == reason("object", "MagicMock")
    assert rejection(cls.from_json, mock).reason.endswith(", got MagicMock")


class LyingInt(int):
    """An int whose methods return another value than its own."""

    def __int__(self) -> int:
        return 7

    __add__ = __radd__ = __index__ = __abs__ = __pos__ = __trunc__ = __int__  # type: ignore[assignment]


class Pair(NamedTuple):
    first: str
    second: str


class OtherDatetime(datetime):
    pass


class Autumn(Zone):
    """A time zone on the night when summer time ends, so the hour from two o'clock occurs twice."""

    def utcoffset(self, moment: datetime | None) -> Any:
        return timedelta(hours=1 if moment and moment.fold else 2)


def assert_stored(make: Callable[..., Any], cls: WireClass, name: str, given: Any, stored: Any) -> None:
    """Give ``given`` to a field. Check that the field holds ``stored``, and that the instance survives a round trip."""
    made = make(cls, **{name: given})
    value = getattr(made, name)
    assert (value, type(value), repr(value)) == (stored, type(stored), repr(stored))
    assert read(cls, **{name: made.to_dict()[name]}) == made


every_way_to_make = pytest.mark.parametrize("make", [read, construct, replace])


@every_way_to_make
@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (HealthState.READY, "Ready"),  # a StrEnum
        pytest.param(LyingString("llamacpp"), "llamacpp", id="a lying string"),
        pytest.param(LyingString("é"), "é", id="a lying string that is not ASCII"),
        ("", ""),  # neither missing nor null
        (" \t a \n", " \t a \n"),
        (" é ", " é "),
        ("HTTP://x:80/a/../", "HTTP://x:80/a/../"),
        ("e\u0301\xe9\ufb01\u2126\uff32", "e\u0301\xe9\ufb01\u2126\uff32"),  # Unicode normalization would change it
        ("\0\ufeff", "\0\ufeff"),
    ],
)
def test_strings_are_stored_unchanged_as_plain_str(make: Callable[..., Any], given: str, stored: str) -> None:
    for cls, name in (PoolMetadata, "engine"), (NodeInfo, "endpoint"):
        assert_stored(make, cls, name, given, stored)
    assert_stored(make, NodeInfo, "pools", [given], (stored,))


@every_way_to_make
@pytest.mark.parametrize(("given", "stored"), [(HTTPStatus.OK, 200), (LyingInt(5), 5), (0, 0), (2**64 - 1, 2**64 - 1)])
def test_integers_are_stored_unchanged_as_plain_int(make: Callable[..., Any], given: int, stored: int) -> None:
    assert_stored(make, GpuInfo, "device_id", given, stored)
    assert_stored(make, NodeCapabilities, "cpu_cores", given, stored)
    assert_stored(make, HealthStatus, "slots_free", given, stored)  # may exceed slots_total


@every_way_to_make
@pytest.mark.parametrize("given", [["b", "a", "", "b"], [], Pair("b", "a")])
def test_arrays_are_stored_as_tuples_in_the_same_order(make: Callable[..., Any], given: Sequence[str]) -> None:
    assert_stored(make, NodeInfo, "pools", given, (*given,))


@pytest.mark.parametrize("ids", [[1, 0, 1], []])
def test_the_gpus_are_stored_as_one_tuple_in_the_same_order(ids: list[int]) -> None:
    gpus = [replace(GpuInfo, device_id=number) for number in ids]
    assert_stored(read, NodeCapabilities, "gpus", [gpu.to_dict() for gpu in gpus], (*gpus,))
    assert_stored(construct, NodeCapabilities, "gpus", gpus, (*gpus,))
    assert_stored(replace, NodeCapabilities, "gpus", gpus, (*gpus,))


NEW_YEAR = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "given", "stored"),
    [
        ("state", HealthState.FAILED, HealthState.FAILED),  # a StrEnum, so also a string
        pytest.param("state", LyingString("Ready"), HealthState.READY, id="a lying string for a state"),
        pytest.param("last_check", LyingString("2025-01-01T00:00:00Z"), NEW_YEAR, id="a lying string for a timestamp"),
    ],
)
def test_readers_accept_subclasses_of_str(name: str, given: str, stored: Any) -> None:
    assert_stored(read, HealthStatus, name, given, stored)


@pytest.mark.parametrize("make", [construct, replace])
@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (datetime(1, 1, 1, 0, 1, tzinfo=timezone(timedelta(minutes=1))), datetime(1, 1, 1, tzinfo=UTC)),
        (NEW_YEAR.replace(fold=1), NEW_YEAR),  # fold has no meaning in UTC
        (NEW_YEAR.astimezone(timezone(timedelta(hours=1, seconds=7, microseconds=3))), NEW_YEAR),
        (datetime(2025, 10, 26, 2, tzinfo=Autumn(None)), datetime(2025, 10, 26, tzinfo=UTC)),
        (datetime(2025, 10, 26, 2, tzinfo=Autumn(None), fold=1), datetime(2025, 10, 26, 1, tzinfo=UTC)),
        (OtherDatetime(2025, 1, 1, tzinfo=UTC), NEW_YEAR),
        (NEW_YEAR.astimezone(timezone(timedelta(0), "UTC+0")), NEW_YEAR),  # another object for UTC
    ],
)
def test_datetimes_are_stored_in_utc(make: Callable[..., Any], given: datetime, stored: datetime) -> None:
    assert_stored(make, HealthStatus, "last_check", given, stored)


def test_a_datetime_whose_zone_has_no_offset_is_rejected() -> None:
    moment = NEW_YEAR.replace(tzinfo=Zone(None))
    assert rejection(construct, HealthStatus, last_check=moment).reason.endswith(" UTC, got 2025-01-01T00:00:00")


@pytest.mark.parametrize("error", [ZeroDivisionError(), OverflowError(), StopIteration(), ValueError(), KeyError("x")])
def test_an_exception_raised_by_a_time_zone_passes_through(error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        construct(HealthStatus, last_check=NEW_YEAR.replace(tzinfo=Zone(error)))
    assert caught.value is error


@classes
def test_instances_cannot_be_changed(cls: WireClass) -> None:
    value = construct(cls)
    for name in FIELDS[cls]:
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, name, getattr(value, name))
        with pytest.raises(dataclasses.FrozenInstanceError):
            delattr(value, name)
    with pytest.raises((AttributeError, TypeError)):
        value.unknown = 1
    assert not hasattr(value, "__dict__")


@classes
def test_arguments_are_keyword_only_and_may_be_omitted_if_optional(cls: WireClass) -> None:
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
def test_instances_are_equal_if_all_fields_are(cls: WireClass, data: st.DataObject) -> None:
    value, other = data.draw(VALUES[cls]), data.draw(VALUES[cls])
    twin = cls(**arguments_of(value))
    assert (twin == value, hash(twin), repr(twin)) == (True, hash(value), repr(value))
    assert value  # every instance is true
    for name in FIELDS[cls]:
        near = dataclasses.replace(value, **{name: getattr(other, name)})
        is_equal = getattr(value, name) == getattr(other, name)
        assert (near == value, near != value, repr(near) == repr(value)) == (is_equal, not is_equal, is_equal), name
        # Different values may have the same hash: Python's hash of 2^64-1 is 7.
        assert (hash(near) == hash(value)) is (hash(getattr(near, name)) == hash(getattr(value, name))), name


@classes
def test_instances_have_no_order_or_length_and_do_not_equal_dicts(cls: WireClass) -> None:
    assert SAMPLES[cls] != SAMPLES[cls].to_dict()
    for use in iter, len:
        with pytest.raises(TypeError):
            use(SAMPLES[cls])
    for compare in operator.lt, operator.le, operator.gt, operator.ge:
        with pytest.raises(TypeError):
            compare(SAMPLES[cls], SAMPLES[cls])


@classes
def test_types_have_no_public_names_but_fields_and_methods(cls: WireClass) -> None:
    predicates = ["is_online"] * (cls is NodeInfo) + ["is_available"] * (cls in {NodeInfo, HealthStatus, PoolSnapshot})
    methods = ["from_dict", "from_json", "to_dict", "to_json", *predicates]
    assert {name for name in dir(cls) if not name.startswith("_")} == {*FIELDS[cls], *methods}


@pytest.mark.parametrize("enum", ENUMS)
def test_enums_equal_their_json_strings(enum: Any) -> None:
    assert [str(value) for value in enum] == ENUMS[enum]
    assert {*enum.__members__} == {name.upper() for name in ENUMS[enum]}
    for name in ENUMS[enum]:
        assert enum(name) == name
        for other in name.lower(), name.upper(), f" {name}", f"{name}\n", name[:-1], "", None, 1:
            with pytest.raises(ValueError, match=f"is not a valid {enum.__name__}"):
                enum(other)


@classes
def test_the_types_cannot_be_subclassed(cls: WireClass) -> None:
    message = rf"^{cls.__name__} cannot be subclassed: put it in a message of your own instead$"
    with pytest.raises(TypeError, match=message):
        type("More", (cls,), {})


@pytest.mark.parametrize("has_gil", [True, False])
@classes
def test_decoded_and_constructed_instances_do_not_differ(
    monkeypatch: pytest.MonkeyPatch, cls: WireClass, has_gil: bool
) -> None:
    monkeypatch.setattr(_wire, "_HAS_GIL", has_gil)
    value, constructed = read(cls), construct(cls)
    assert (type(value), repr(value), hash(value), value) == (cls, repr(constructed), hash(constructed), constructed)
    assert weakref.ref(value)() is value
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, next(iter(FIELDS[cls])), None)
