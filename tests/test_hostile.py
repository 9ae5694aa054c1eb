"""Hostile input ends in a value or a ValidationError, in little time."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fields import DOCUMENTS, FIELDS, HIGH, SAMPLES, WireClass
from helpers import assert_value_or_refusal, read, refusal, with_one_replaced
from pool_registry_types import GpuInfo
from strategies import VALUES

CORPUS = sorted((Path(__file__).parent / "fuzz" / "corpus").iterdir())

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary()
names = st.sampled_from(sorted({name for kinds in FIELDS.values() for name in kinds})) | st.text()
anything = st.recursive(
    scalars, lambda children: st.lists(children) | st.dictionaries(names, children) | st.tuples(children, children)
)


@given(anything, st.sampled_from(list(FIELDS)))
def test_from_dict_of_anything(document: Any, cls: WireClass) -> None:
    assert_value_or_refusal(cls.from_dict, document)


@given(st.data(), anything, st.sampled_from(list(FIELDS)))
def test_from_dict_of_a_document_with_anything_in_it(data: st.DataObject, member: Any, cls: WireClass) -> None:
    document = data.draw(VALUES[cls]).to_dict()
    assert_value_or_refusal(
        cls.from_dict, with_one_replaced(document, lambda below: data.draw(st.integers(0, below - 1)), member)
    )


@given(st.binary() | st.text(st.characters()), st.sampled_from(list(FIELDS)))
def test_from_json_of_anything(document: bytes | str, cls: WireClass) -> None:
    assert_value_or_refusal(cls.from_json, document)


@given(st.data(), st.binary(max_size=4), st.sampled_from(list(FIELDS)))
def test_from_json_of_a_document_with_bytes_replaced(data: st.DataObject, inserted: bytes, cls: WireClass) -> None:
    document = data.draw(VALUES[cls]).to_json().encode()
    start = data.draw(st.integers(0, len(document)))
    end = data.draw(st.integers(start, min(start + 4, len(document))))
    assert_value_or_refusal(cls.from_json, document[:start] + inserted + document[end:])


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.name)
def test_the_corpus(file: Path) -> None:
    for cls in FIELDS:
        assert_value_or_refusal(cls.from_json, file.read_bytes())


# Huge values, made when they are needed: together they take hundreds of megabytes.

NO_JSON: dict[str, Callable[[], str]] = {
    "arrays": lambda: "[" * 10**6 + "]" * 10**6,
    "open arrays": lambda: "[" * 10**6,
    "objects": lambda: '{"a":' * 10**6 + "0" + "}" * 10**6,
    "integer": lambda: "9" * 10**6,
    "duplicates": lambda: "{" + ",".join(['"a":0'] * 10**5) + "}",
    "one duplicate": lambda: "{" + ",".join(f'"{name}":0' for name in (*range(10**5), 0)) + "}",
}
NO_TEXT: dict[str, Callable[[], str]] = {
    "fraction": lambda: "0." + "3" * 10**6,
    "exponent": lambda: "1e" + "9" * 10**6,
    "surrogates": lambda: '"' + r"\ud800" * 10**6 + '"',
    "members": lambda: json.dumps(dict.fromkeys(map(str, range(10**5)))),
    "items": lambda: "[" + ",".join(["0"] * 10**5) + "]",
}
TEXTS: dict[str, Callable[[], str]] = {
    "text": lambda: '"' + "a" * 10**7 + '"',
    "wide text": lambda: '"' + "💡" * 10**7 + '"',
    "timestamp": lambda: '"2025-10-01T08:51:30.' + "1" * 10**7 + 'Z"',
    "offset": lambda: '"2025-10-01T08:51:30+' + "0" * 10**7 + '"',
    "blanks": lambda: '"' + " " * 10**7 + '"',
}


@pytest.mark.parametrize("attack", NO_JSON | NO_TEXT | TEXTS)
def test_a_huge_value_in_json(attack: str) -> None:
    value = (NO_JSON | NO_TEXT | TEXTS)[attack]()
    for name in "device_id", "name", "unknown":
        members = {key: json.dumps(value) for key, value in DOCUMENTS[GpuInfo].items()} | {name: value}
        document = "{" + ",".join(f'"{key}":{text}' for key, text in members.items()) + "}"
        if attack in TEXTS and name == "name":
            assert GpuInfo.from_json(document).name == json.loads(value)
        elif attack not in NO_JSON and name == "unknown":
            assert GpuInfo.from_json(document) == SAMPLES[GpuInfo]
        else:
            assert len(str(refusal(GpuInfo.from_json, document))) <= 300


HUGE: dict[str, Callable[[], Any]] = {
    "integer": lambda: 1 << 10**7,
    "text": lambda: "a" * 10**7,
    "surrogates": lambda: HIGH * 10**7,
    "timestamp": lambda: "2025-10-01T08:51:30." + "1" * 10**7 + "Z",
    "items": lambda: [0] * 10**6,
    "members": lambda: dict.fromkeys(range(10**6)),
}


@pytest.mark.parametrize("huge", HUGE)
def test_a_huge_value_in_every_kind_of_field(huge: str) -> None:
    value = HUGE[huge]()
    for cls, kinds in FIELDS.items():
        for name, kind in kinds.items():
            if kind in {"text", "opt text"} and huge in {"text", "timestamp"}:
                assert getattr(read(cls, **{name: value}), name) is value
            else:
                assert len(str(refusal(read, cls, **{name: value}))) <= 300
