"""hypothesis draws valid values of the types, extremes among them, and nobody else's types notice."""

import abc
import dataclasses
import importlib
import operator
import sys
from collections.abc import Callable, Hashable
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Protocol, runtime_checkable

import hypothesis
import pydantic
import pytest
from annotated_types import Ge, Gt, Interval, Le, Len, Lt, MaxLen, MinLen
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

import helpers
from fields import FIELDS, SCALARS, WireClass, every_field
from helpers import construct
from pool_registry_types import (
    U64,
    GpuInfo,
    HealthState,
    HealthStatus,
    NodeCapabilities,
    NodeInfo,
    PoolSnapshot,
    Text,
    Timestamp,
    _hypothesis,
)


@pytest.mark.parametrize(("version", "registered"), [((6, 101, 0), []), ((6, 102, 0), [*FIELDS])])
def test_every_type_is_registered_from_6_102_on(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...], registered: list[WireClass]
) -> None:
    # What hypothesis makes of a dataclass that it does not know may draw valid values, too, in one version or another.
    types: list[type] = []
    resolvers: dict[str, Any] = {}
    monkeypatch.setattr(hypothesis, "__version_info__", version)
    monkeypatch.setattr(st, "register_type_strategy", lambda cls, _: types.append(cls))
    monkeypatch.setattr("hypothesis.strategies._internal.types._global_extra_lookup", resolvers)
    importlib.reload(_hypothesis)
    assert {*types} == {*registered}
    assert bool(resolvers) is bool(registered)


def test_a_hypothesis_without_the_private_table_still_has_the_types(monkeypatch: pytest.MonkeyPatch) -> None:
    types: list[type] = []
    monkeypatch.setattr(st, "register_type_strategy", lambda cls, _: types.append(cls))
    monkeypatch.delattr("hypothesis.strategies._internal.types._global_extra_lookup")
    importlib.reload(_hypothesis)
    assert {*types} == {*FIELDS}


@dataclasses.dataclass
class Heartbeat:
    """A message of one's own."""

    at: Timestamp
    count: U64
    limit: U64 | None
    name: Text
    seen: list[Timestamp]
    node: NodeInfo
    pools: list[PoolSnapshot]
    state: HealthState


@given(st.builds(Heartbeat) | st.from_type(Heartbeat), st.from_type(list[Timestamp]), st.from_type(U64 | None))  # type: ignore[arg-type]
def test_valid_values_are_drawn_wherever_they_stand(
    beat: Heartbeat, moments: list[datetime], limit: int | None
) -> None:
    for moment in (beat.at, *beat.seen, *moments):
        assert construct(HealthStatus, state=beat.state, last_check=moment).last_check == moment
    for number in beat.limit, limit:
        assert construct(NodeCapabilities, cpu_cores=number).cpu_cores == number
    assert construct(GpuInfo, device_id=beat.count, name=beat.name)
    assert type(beat.node) is NodeInfo
    assert all(type(pool) is PoolSnapshot for pool in beat.pools)


@given(st.builds(NodeInfo, pools=st.just(())), st.builds(PoolSnapshot, model=st.just("m")))
def test_a_field_may_be_fixed(node: NodeInfo, pool: PoolSnapshot) -> None:
    assert (node.pools, pool.model) == ((), "m")


# Constraints beside an annotation.


def drawn(strategy: st.SearchStrategy[Any]) -> list[Any]:
    values: list[Any] = []

    @settings(max_examples=200)
    @given(strategy)
    def draw(value: Any) -> None:
        values.append(value)

    draw()
    return values


@pytest.mark.parametrize(
    ("declared", "numbers"),
    [
        (Annotated[U64, Le(3)], {0, 1, 2, 3}),
        (Annotated[U64, Lt(3)], {0, 1, 2}),
        (Annotated[U64, Ge(2**64 - 2)], {2**64 - 2, 2**64 - 1}),
        (Annotated[U64, Gt(2**64 - 2)], {2**64 - 1}),
        (Annotated[U64, Interval(gt=1, le=3)], {2, 3}),
        (Annotated[U64, Interval(ge=1, lt=3)], {1, 2}),
        (Annotated[Annotated[U64, Ge(2)], Le(3)], {2, 3}),
        (Annotated[int, *U64.__metadata__, Le(1)], {0, 1}),  # type: ignore[attr-defined]
        (Annotated[int, Le(1), *U64.__metadata__], {0, 1}),  # type: ignore[attr-defined]
        (Annotated[U64, "a remark", Le(1)], {0, 1}),
        (Annotated[U64, st.just(7)], {7}),
    ],
)
def test_a_constraint_on_a_number_holds(declared: Any, numbers: set[int]) -> None:
    assert {*drawn(st.from_type(declared))} == numbers


@pytest.mark.parametrize(
    ("declared", "lengths"),
    [
        (Annotated[Text, MaxLen(2)], {0, 1, 2}),
        (Annotated[Text, MinLen(1), MaxLen(2)], {1, 2}),
        (Annotated[Text, Len(2, 3)], {2, 3}),
        (Annotated[Text, Len(20, 20)], {20}),
    ],
)
def test_a_constraint_on_the_length_of_a_text_holds(declared: Any, lengths: set[int]) -> None:
    assert {len(text) for text in drawn(st.from_type(declared))} == lengths


@pytest.mark.parametrize("constraint", [Ge(datetime(2025, 1, 1, tzinfo=UTC)), Lt(datetime(2025, 1, 1, tzinfo=UTC))])
def test_a_constraint_on_a_timestamp_holds(constraint: Any) -> None:
    declared: Any = Annotated[Timestamp, constraint]
    is_late = {moment.year >= 2025 for moment in drawn(st.from_type(declared))}
    assert is_late == {isinstance(constraint, Ge)}


class Limits(pydantic.BaseModel):
    number: U64 = pydantic.Field(le=8)
    annotated: Annotated[U64, pydantic.Field(le=8)]
    optional: Annotated[U64, Le(8)] | None
    texts: dict[Annotated[Text, MaxLen(2)], list[Annotated[Text, MinLen(1)]]]


@dataclasses.dataclass
class PlainLimits:
    number: Annotated[U64, Le(8)]
    numbers: list[Annotated[U64, Le(8)] | None]


@given(st.builds(Limits), st.builds(PlainLimits))
def test_constraints_hold_wherever_they_stand(limits: Limits, plain: PlainLimits) -> None:
    assert Limits.model_validate(limits.model_dump()) == limits
    assert all(number is None or number <= 8 for number in (plain.number, *plain.numbers))


# What a strategy has to find, by the kind of field.
NUMBERS: dict[str, Callable[[Any], bool]] = {
    "0": lambda number: number == 0,
    "a small number": lambda number: 0 < number < 2**16,
    "past 2^32": lambda number: 2**32 < number < 2**53,
    "2^53+1, which a float cannot hold": lambda number: number == 2**53 + 1,
    "past 2^53": lambda number: 2**53 + 1 < number < 2**64 - 2,
    "2^64-1": lambda number: number == 2**64 - 1,
}
TEXTS: dict[str, Callable[[Any], bool]] = {
    "no text": lambda text: text == "",
    "one letter": lambda text: len(text) == 1,
    "several characters": lambda text: len(text) > 2,
    "NUL": lambda text: "\0" in text,
    "a control character": lambda text: any(character < " " for character in text),
    "a quote": lambda text: '"' in text,
    "a backslash": lambda text: "\\" in text,
    "a line separator": lambda text: "\u2028" in text,
    "past ASCII": lambda text: any("\x7f" < character < "\u2000" for character in text),
    "past the basic plane": lambda text: max(text, default="") > "💡",
    "a light bulb": lambda text: "💡" in text,
}
MOMENTS: dict[str, Callable[[Any], bool]] = {
    "no fraction": lambda moment: moment.microsecond == 0,
    "three digits": lambda moment: moment.microsecond % 1000 == 0 != moment.microsecond,
    "before 1970": lambda moment: moment.year < 1970,
    "a year of three digits": lambda moment: moment.year < 1000,
    "after 2038": lambda moment: moment.year > 2038,
    "far in the future": lambda moment: moment.year > 9000,
    "six digits": lambda moment: moment.microsecond % 1000 % 2 != 0,
}
ITEMS: dict[str, Callable[[Any], bool]] = {
    "none": lambda items: items == (),
    "one": lambda items: len(items) == 1,
    "three": lambda items: len(items) == 3,
    "two alike": lambda items: len({*items}) < len(items),
    "in no order": lambda items: [*map(repr, items)] != sorted(map(repr, items)),
}
STATES: dict[str, Callable[[Any], bool]] = {state.value: partial(operator.is_, state) for state in HealthState}
EXTREMES: dict[str, dict[str, Callable[[Any], bool]]] = {
    "u64": NUMBERS,
    "text": TEXTS,
    "timestamp": MOMENTS,
    "array of text": ITEMS,
    "array of GpuInfo": ITEMS,
    "HealthState": STATES,
    "NodeCapabilities": {"no GPUs": lambda value: value.gpus == (), "GPUs": lambda value: value.gpus != ()},
    "HealthStatus": {"no slots": lambda value: value.slots_free == 0, "slots": lambda value: value.slots_free > 0},
}


QUICK = settings(max_examples=300, phases=[Phase.generate], database=None, derandomize=True)


def assert_found(strategy: st.SearchStrategy[Any], wanted: Callable[[Any], bool]) -> None:
    assert wanted(find(strategy, wanted, settings=QUICK))


@pytest.mark.parametrize(
    ("annotation", "wanted"),
    [
        pytest.param(annotation, wanted, id=f"{kind}: {extreme}")
        for kind, annotation in SCALARS.items()
        for extreme, wanted in EXTREMES[kind].items()
    ],
)
def test_an_extreme_of_an_annotation_is_found(annotation: Any, wanted: Callable[[Any], bool]) -> None:
    assert_found(st.from_type(annotation), wanted)


@every_field
def test_a_field_is_drawn_from_its_extremes(cls: WireClass, name: str) -> None:
    kind = FIELDS[cls][name].removeprefix("opt ")
    extremes = [*EXTREMES[kind].values()]
    if kind in SCALARS:
        extremes = [extremes[0], extremes[-1]]  # the others are found in the annotation
    values = st.from_type(cls).map(operator.attrgetter(name))
    if kind != FIELDS[cls][name]:
        assert_found(values, lambda value: value is None)
        values = values.filter(lambda value: value is not None)
    for extreme in extremes:
        assert_found(values, extreme)


# Other people's types.


class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self) -> int: ...


class Square(Shape):
    def area(self) -> int:
        return 1


@pytest.mark.parametrize("kind", [object, Hashable, Shape])
def test_other_types_are_drawn_as_without_the_package(kind: Any) -> None:
    types = {type(value) for value in drawn(st.from_type(kind))}
    assert types
    assert not types & {*FIELDS}


@pytest.mark.filterwarnings("ignore::hypothesis.errors.SmallSearchSpaceWarning")
def test_a_protocol_that_only_the_types_fulfil_draws_none_of_them() -> None:
    @runtime_checkable
    class Serializable(Protocol):
        def to_json(self) -> str: ...

    with pytest.raises(InvalidArgument):
        find(st.from_type(Serializable), lambda _: True, settings=QUICK)  # type: ignore[type-abstract]


def test_the_strategies_are_there_whatever_is_imported_first() -> None:
    for first in "hypothesis", "pool_registry_types._hypothesis", "pool_registry_types":
        script = f"""
import {first}
from hypothesis import Phase, find, settings, strategies as st
from pool_registry_types import NodeInfo, Timestamp
quick = settings(phases=[Phase.generate], database=None)
for kind in NodeInfo, Timestamp:
    print(type(find(st.from_type(kind), lambda _: True, settings=quick)).__name__)
"""
        done = helpers.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (0, "NodeInfo\ndatetime\n"), done.stderr
