"""hypothesis draws valid values of the types, extremes among them, and nobody else's types notice."""

import abc
import dataclasses
import importlib
import sys
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

import processes
from cases import classes, every_field
from pool_registry_types import U64, HealthState, NodeInfo, PoolSnapshot, Text, Timestamp, _hypothesis
from tables import FIELDS, WireClass


@dataclasses.dataclass
class Heartbeat:
    """A message of one's own."""

    node: NodeInfo
    pools: list[PoolSnapshot]
    state: HealthState


@classes
@given(st.data())
def test_hypothesis_draws_values_of_every_type(cls: WireClass, data: st.DataObject) -> None:
    value = data.draw(st.from_type(cls))
    assert type(value) is cls
    assert cls.from_json(value.to_json()) == value


def test_every_type_is_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    # What hypothesis makes of a dataclass that it does not know may draw valid values, too, in one version or another.
    registered: list[type] = []
    monkeypatch.setattr(st, "register_type_strategy", lambda cls, _: registered.append(cls))
    importlib.reload(_hypothesis)
    assert {*registered} == {*FIELDS}


@pytest.mark.parametrize("declared", [dict[str, int], list[int], set[str], int | str, str | None], ids=str)
def test_a_kind_of_field_that_is_not_known_is_refused(declared: Any) -> None:
    # Whoever adds such a field hears of it where the strategies are, not by values that are drawn wrongly.
    with pytest.raises(TypeError, match="no strategy for a field of type"):
        _hypothesis._values_of_field(declared)  # noqa: SLF001


@given(st.builds(Heartbeat) | st.from_type(Heartbeat))
def test_hypothesis_builds_what_holds_values(beat: Heartbeat) -> None:
    assert type(beat.node) is NodeInfo
    assert all(type(pool) is PoolSnapshot for pool in beat.pools)


# What a strategy has to find, by the kind of field.
NUMBERS: dict[str, Callable[[Any], bool]] = {
    "0": lambda number: number == 0,
    "a small number": lambda number: 0 < number < 2**16,
    "past 2^32": lambda number: 2**32 < number < 2**53,
    "past 2^53, which a float cannot hold": lambda number: 2**53 < number < 2**64 - 1 and int(float(number)) != number,
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
    "past ASCII": lambda text: not text.isascii(),
    "past the basic plane": lambda text: max(text, default="") > "\uffff",
}
MOMENTS: dict[str, Callable[[Any], bool]] = {
    "no fraction": lambda moment: moment.microsecond == 0,
    "three digits": lambda moment: moment.microsecond % 1000 == 0 != moment.microsecond,
    "before 1970": lambda moment: moment.year < 1970,
    "a year of three digits": lambda moment: moment.year < 1000,
    "after 2038": lambda moment: moment.year > 2038,
    "far in the future": lambda moment: moment.year > 9000,
    "six digits": lambda moment: moment.microsecond % 1000 != 0,
}
ITEMS: dict[str, Callable[[Any], bool]] = {
    "none": lambda items: items == (),
    "one": lambda items: len(items) == 1,
    "three": lambda items: len(items) == 3,
    "two alike": lambda items: len({*items}) < len(items),
    "in no order": lambda items: [*map(repr, items)] != sorted(map(repr, items)),
}
STATES: dict[str, Callable[[Any], bool]] = {
    state.value: lambda value, state=state: value is state  # type: ignore[misc]
    for state in HealthState
}
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


def assert_found(strategy: st.SearchStrategy[Any], wanted: Callable[[Any], bool]) -> None:
    quick = settings(max_examples=3000, phases=[Phase.generate], database=None, derandomize=True)
    assert wanted(find(strategy, wanted, settings=quick))


@pytest.mark.parametrize(
    ("annotation", "extreme", "wanted"),
    [
        pytest.param(annotation, extreme, wanted, id=f"{kind}: {extreme}")
        for kind, annotation in (("u64", U64), ("text", Text), ("timestamp", Timestamp))
        for extreme, wanted in EXTREMES[kind].items()
    ],
)
def test_an_extreme_of_an_annotation_is_found(annotation: Any, extreme: str, wanted: Callable[[Any], bool]) -> None:
    assert extreme
    assert_found(st.from_type(annotation), wanted)


@every_field
def test_a_field_is_drawn_from_its_extremes(cls: WireClass, name: str) -> None:
    kind = FIELDS[cls][name].removeprefix("opt ")
    wanted = [*EXTREMES[kind].values()]
    if kind in {"u64", "text", "timestamp"}:
        wanted = [wanted[0], wanted[-1]]  # the others are found in the annotation
    if FIELDS[cls][name].startswith("opt "):
        given = [*wanted]
        wanted = [lambda value: value is None]
        wanted += [lambda value, extreme=extreme: value is not None and extreme(value) for extreme in given]  # type: ignore[misc]
    for is_wanted in wanted:
        assert_found(
            st.from_type(cls),
            lambda value, is_wanted=is_wanted: is_wanted(getattr(value, name)),  # type: ignore[misc]
        )


# Other people's types.


class Shape(abc.ABC):
    """An abstract class with a subclass."""

    @abc.abstractmethod
    def area(self) -> int: ...


class Square(Shape):
    def area(self) -> int:
        return 1


@dataclasses.dataclass
class Box:
    content: object


Bound = TypeVar("Bound", bound=Hashable)

OTHERS: dict[str, Any] = {
    "object": object,
    "Hashable": Hashable,
    "an abstract class": Shape,
    "a bound TypeVar": Bound,
    "a callable": Callable[[], object],
    "a dataclass": Box,
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_types_are_drawn_as_without_the_package(name: str) -> None:
    drawn: set[type] = set()

    @settings(max_examples=50, database=None)
    @given(st.from_type(OTHERS[name]))
    def draw(value: Any) -> None:
        drawn.add(type(value() if name == "a callable" else value.content if name == "a dataclass" else value))

    draw()
    assert drawn
    assert not drawn & {*FIELDS}


def test_a_protocol_that_only_the_types_fulfil_is_resolved_as_without_the_package() -> None:
    script = """
import sys
from typing import Protocol, runtime_checkable
from hypothesis import strategies as st

@runtime_checkable
class Serializable(Protocol):
    def to_dict(self): ...

print(repr(st.from_type(Serializable)), "pool_registry_types" in sys.modules)
try:
    st.from_type(Serializable).example()
except Exception as error:
    print(type(error), error)
"""
    answers = []
    for plugins in "1", "":
        environment = processes.ENVIRONMENT | {"HYPOTHESIS_NO_PLUGINS": plugins}
        command = [sys.executable, "-W", "ignore", "-c", script]
        answers.append(processes.run(command, check=True, capture_output=True, text=True, env=environment).stdout)
    without, beside = answers
    assert "False\n" in without
    assert beside == without.replace("False", "True")


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
        done = processes.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (0, "NodeInfo\ndatetime\n"), done.stderr
