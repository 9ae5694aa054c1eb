"""hypothesis draws valid values of the types, including extremes, and other types are drawn as before."""

import dataclasses
import importlib
import operator
import re
import sys
from collections.abc import Hashable
from datetime import UTC, datetime
from typing import Annotated, Any

import hypothesis
import pydantic
import pytest
from annotated_types import Ge, Interval, Le, Len, Lt, MaxLen, MinLen
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

import helpers
from fields import FIELDS, WireClass, every_field
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
    WireType,
    _hypothesis,
)


@pytest.mark.parametrize(("version", "registered"), [((6, 101, 0), []), ((6, 102, 0), [*FIELDS])])
def test_every_type_is_registered_with_hypothesis_6_102_and_newer(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...], registered: list[WireClass]
) -> None:
    # Check the registration itself: some versions of hypothesis draw valid values of any dataclass without it.
    types: list[type] = []
    resolvers: dict[str, Any] = {}
    monkeypatch.setattr(hypothesis, "__version_info__", version)
    monkeypatch.setattr(st, "register_type_strategy", lambda cls, _: types.append(cls))
    monkeypatch.setattr("hypothesis.strategies._internal.types._global_extra_lookup", resolvers)
    importlib.reload(_hypothesis)
    assert {*types} == {*registered}
    assert bool(resolvers) is bool(registered)


@dataclasses.dataclass
class Heartbeat:
    """A user's message."""

    at: Timestamp
    count: U64
    name: Text
    seen: list[Timestamp]
    limit: U64 | None
    state: HealthState
    pools: list[PoolSnapshot]
    number: Annotated[U64, Le(8)]
    numbers: list[Annotated[U64, Le(8)] | None]


class Limits(pydantic.BaseModel):
    number: U64 = pydantic.Field(le=8)
    annotated: Annotated[U64, pydantic.Field(le=8)]
    optional: Annotated[U64, Le(8)] | None
    texts: dict[Annotated[Text, MaxLen(2)], list[Annotated[Text, MinLen(1)]]]


@given(st.builds(Heartbeat), st.from_type(U64 | None), st.builds(Limits))  # type: ignore[arg-type]
def test_valid_values_are_drawn_in_every_position(beat: Heartbeat, limit: int | None, limits: Limits) -> None:
    for moment in (beat.at, *beat.seen):
        assert construct(HealthStatus, state=beat.state, last_check=moment).last_check == moment
    assert construct(NodeCapabilities, cpu_cores=beat.limit, ram_total_bytes=limit)
    assert construct(GpuInfo, device_id=beat.count, name=beat.name)
    assert all(type(pool) is PoolSnapshot for pool in beat.pools)
    assert all(number is None or number <= 8 for number in (beat.number, *beat.numbers))
    assert Limits.model_validate(limits.model_dump()) == limits


@given(st.builds(NodeInfo, pools=st.just(())), st.builds(PoolSnapshot, model=st.just("m")))
def test_st_builds_keeps_a_field_that_is_passed(node: NodeInfo, pool: PoolSnapshot) -> None:
    assert (node.pools, pool.model) == ((), "m")


# Constraints that are added to an annotation.


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
        (Annotated[U64, Ge(2**64 - 2)], {2**64 - 2, 2**64 - 1}),
        (Annotated[U64, Interval(gt=1, le=3)], {2, 3}),
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
        (Annotated[Text, Len(20, 20)], {20}),
    ],
)
def test_a_constraint_on_the_length_of_a_string_holds(declared: Any, lengths: set[int]) -> None:
    assert {len(text) for text in drawn(st.from_type(declared))} == lengths


def test_a_constraint_on_a_timestamp_holds() -> None:
    moment = datetime(2025, 1, 1, tzinfo=UTC)
    assert min(drawn(st.from_type(Annotated[Timestamp, Ge(moment)]))) >= moment  # type: ignore[arg-type]
    assert max(drawn(st.from_type(Annotated[Timestamp, Lt(moment)]))) < moment  # type: ignore[arg-type]


# Values that must be drawn, as patterns that match str(value).

QUICK = settings(max_examples=300, phases=[Phase.generate], database=None, derandomize=True)


def assert_drawn(strategy: st.SearchStrategy[Any], pattern: str) -> None:
    # find raises NoSuchExample if no value matches.
    find(strategy, lambda value: bool(re.search(pattern, str(value), re.DOTALL)), settings=QUICK)


@pytest.mark.parametrize(
    ("annotation", "pattern"),
    [
        (U64, r"^0$"),
        (U64, r"^[1-9]\d{0,3}$"),
        (U64, r"^\d{11,15}$"),  # past 2^32
        (U64, r"^9007199254740993$"),  # 2^53+1, which a float cannot hold
        (U64, r"^\d{18,19}$"),  # past 2^53
        (U64, r"^18446744073709551615$"),
        (Text, r"^\Z"),
        (Text, r"^.\Z"),
        (Text, "..."),
        (Text, "\0"),
        (Text, "[\x01-\x1f]"),
        (Text, '"'),
        (Text, r"\\"),
        (Text, "\u2028"),  # a line separator
        (Text, "[\x80-\u1fff]"),
        (Text, "💡"),
        (Text, "[\U00020000-\U0010ffff]"),
        (Timestamp, r"^[3-9].*:\d\d\+"),  # without a fraction
        (Timestamp, r"\.(?!000)\d{3}000"),
        (Timestamp, r"\.\d{5}[1-9]"),
        (Timestamp, "^0[1-9]"),  # a year of three digits
        (Timestamp, "^1[0-8]"),
        (Timestamp, "^2[1-9]"),
        (Timestamp, "^9[1-9]"),
    ],
)
def test_edge_cases_of_an_annotation_are_drawn(annotation: Any, pattern: str) -> None:
    assert_drawn(st.from_type(annotation), pattern)


# For each kind of field, values that a strategy narrower than the annotation's would not draw.
IN_FIELDS: dict[str, list[str]] = {
    "u64": [r"^\d{1,16}$", r"^\d{18,20}$"],
    "opt u64": ["^None$", r"^\d{18,20}$"],
    "text": [r"^\Z", "[\U00020000-\U0010ffff]"],
    "opt text": ["^None$", r"^\Z", "[\U00020000-\U0010ffff]"],
    "timestamp": [r":\d\d\+", r"\.\d{5}[1-9]"],
    "HealthState": [*HealthState],
    "HealthStatus": ["slots_free=0", "slots_free=[1-9]"],
    "NodeCapabilities": [r"gpus=\(\)", r"gpus=\(G"],
    "array of text": [r"\(\)", r"\(['\"]"],
    "array of GpuInfo": [r"\(\)", r"\(G"],
}


@every_field
def test_a_field_is_drawn_from_the_strategy_of_its_annotation(cls: WireClass, name: str) -> None:
    for pattern in IN_FIELDS[FIELDS[cls][name]]:
        assert_drawn(st.from_type(cls).map(operator.attrgetter(name)), pattern)


@pytest.mark.parametrize(("cls", "name"), [(NodeInfo, "pools"), (NodeCapabilities, "gpus")])
def test_tuples_have_up_to_three_items_with_duplicates_and_in_any_order(cls: WireClass, name: str) -> None:
    tuples = st.from_type(cls).map(operator.attrgetter(name))
    assert all(len(items) <= 3 for items in drawn(tuples))  # longer ones are slow to draw
    find(tuples, lambda items: len(items) == 3, settings=QUICK)
    find(tuples, lambda items: len({*items}) < len(items), settings=QUICK)
    find(tuples, lambda items: sorted(items, key=repr) != [*items], settings=QUICK)


@given(st.from_type(WireType))
def test_the_base_class_draws_instances_of_the_types(value: WireType) -> None:
    assert type(value) in FIELDS
    assert type(value).from_dict(value.to_dict()) == value


# Other types.


@pytest.mark.parametrize("kind", [object, Hashable])
def test_strategies_of_other_types_are_unchanged(kind: Any) -> None:
    types = {type(value) for value in drawn(st.from_type(kind))}
    assert types
    assert not types & {*FIELDS}


def test_the_strategies_are_registered_in_any_order_of_imports() -> None:
    for first in "hypothesis", "pool_registry_types._hypothesis", "pool_registry_types":
        script = f"""
import {first}
from hypothesis import Phase, find, settings, strategies as st
from pool_registry_types import HealthStatus, Timestamp
quick = settings(phases=[Phase.generate], database=None)
for kind in HealthStatus, Timestamp:
    print(type(find(st.from_type(kind), lambda _: True, settings=quick)).__name__)
"""
        done = helpers.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (0, "HealthStatus\ndatetime\n"), done.stderr
