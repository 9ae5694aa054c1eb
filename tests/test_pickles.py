"""Pickles and copies: a pickle holds the message, so it is checked when loaded, and other versions can read it."""

import copy
import pickle
from typing import Any

import cloudpickle
from hypothesis import given
from hypothesis import strategies as st

from fields import FIELDS, MESSAGES, MISSING, SAMPLES, VALUES, WireClass, classes
from helpers import arguments_of, read, rejection, without


@classes
def test_copying_an_instance_returns_the_same_instance(cls: WireClass) -> None:
    assert copy.copy(SAMPLES[cls]) is copy.deepcopy(SAMPLES[cls]) is SAMPLES[cls]


@classes
@given(data=st.data())
def test_a_pickled_instance_loads_as_an_equal_one(cls: WireClass, data: st.DataObject) -> None:
    value = data.draw(VALUES[cls])
    protocols = range(pickle.HIGHEST_PROTOCOL + 1)
    for pickled in (cloudpickle.dumps(value), *(pickle.dumps(value, protocol) for protocol in protocols)):
        other = pickle.loads(pickled)  # noqa: S301
        assert (type(other), repr(other), hash(other)) == (cls, repr(value), hash(value))
        assert other == value


class State:
    """An object whose pickle is that of an instance with any state, as another version or an attacker may write it."""

    def __init__(self, cls: WireClass, state: Any) -> None:
        self.restore, _ = SAMPLES[cls].__reduce__()
        self.state = state

    def __reduce__(self) -> tuple[Any, ...]:
        return self.restore, (self.state,)


@classes
def test_pickles_are_loaded_by_field_name_and_checked(cls: WireClass) -> None:
    def restored(state: dict[str, Any]) -> Any:
        return pickle.loads(pickle.dumps(State(cls, state)))  # noqa: S301

    state = MESSAGES[cls]
    # Another version may have other fields.
    assert restored({"new": object} | state | {"other": None}) == SAMPLES[cls]
    for name, kind in FIELDS[cls].items():
        assert str(rejection(restored, state | {name: b""})) == str(rejection(read, cls, **{name: b""}))
        if kind.startswith("opt "):
            assert getattr(restored(without(name, state)), name) is None
        else:
            assert str(rejection(restored, without(name, state))) == f"{cls.__name__}.{name}: {MISSING}"


@classes
def test_pickles_of_older_versions_are_rejected(cls: WireClass) -> None:
    # 0.2.0 wrote fields by position. 0.3.0 wrote the arguments of a function.
    fields = arguments_of(SAMPLES[cls])
    start = pickle.PROTO + b"\x02" + pickle.GLOBAL
    of_0_2 = start + f"{cls.__module__}\n{cls.__name__}\n".encode() + pickle.EMPTY_TUPLE + pickle.NEWOBJ
    of_0_2 += pickle.dumps([*fields.values()], 0)[:-1] + pickle.BUILD + pickle.STOP
    of_0_3 = start + b"pool_registry_types\n_restore\n"
    of_0_3 += pickle.dumps((cls.__name__, fields), 0)[:-1] + pickle.REDUCE + pickle.STOP
    for pickled in of_0_2, of_0_3:
        error = rejection(pickle.loads, pickled)
        assert str(error) == f"{cls.__name__}: cannot load a pickle of version 0.3.0 or older"
