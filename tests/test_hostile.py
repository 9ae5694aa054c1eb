"""Hostile input ends in an instance or a ValidationError, whatever it is."""

import itertools
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fields import FIELDS, WireClass
from helpers import assert_value_or_rejection
from pool_registry_types import ValidationError
from strategies import VALUES

CORPUS = sorted((Path(__file__).parent / "fuzz" / "corpus").iterdir())

types = st.sampled_from(list(FIELDS))
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary()
names = st.sampled_from(sorted({name for kinds in FIELDS.values() for name in kinds})) | st.text()
anything = st.recursive(
    scalars, lambda children: st.lists(children) | st.dictionaries(names, children) | st.tuples(children, children)
)


def with_one_replaced(data: st.DataObject, document: Any, value: Any) -> Any:
    """Put a value in the place of one at any level of a message."""
    if not isinstance(document, (dict, list)) or not document or data.draw(st.integers(0, 2)) == 0:
        return value
    keys = [*document] if isinstance(document, dict) else [*range(len(document))]
    key = data.draw(st.sampled_from(keys))
    document[key] = with_one_replaced(data, document[key], value)
    return document


@given(anything, types)
def test_from_dict_of_anything(document: Any, cls: WireClass) -> None:
    assert_value_or_rejection(cls.from_dict, document)


@given(st.data(), anything, types)
def test_from_dict_of_a_message_with_anything_in_it(data: st.DataObject, value: Any, cls: WireClass) -> None:
    document = data.draw(VALUES[cls]).to_dict()
    assert_value_or_rejection(cls.from_dict, with_one_replaced(data, document, value))


@given(st.binary() | st.text(st.characters()), types)
def test_from_json_of_anything(document: bytes | str, cls: WireClass) -> None:
    assert_value_or_rejection(cls.from_json, document)


@given(st.data(), st.binary(max_size=4), types)
def test_from_json_of_a_message_with_bytes_replaced(data: st.DataObject, inserted: bytes, cls: WireClass) -> None:
    document = data.draw(VALUES[cls]).to_json().encode()
    start = data.draw(st.integers(0, len(document)))
    end = data.draw(st.integers(start, min(start + 4, len(document))))
    assert_value_or_rejection(cls.from_json, document[:start] + inserted + document[end:])


@pytest.mark.parametrize("file", CORPUS, ids=[file.name for file in CORPUS])
def test_the_corpus(file: Path) -> None:
    for cls in FIELDS:
        assert_value_or_rejection(cls.from_json, file.read_bytes())


def test_the_corpus_has_valid_and_invalid_messages() -> None:
    is_valid = []
    for file, cls in itertools.product(CORPUS, FIELDS):
        try:
            cls.from_json(file.read_bytes())
            is_valid.append(True)
        except ValidationError:
            is_valid.append(False)
    assert {*is_valid} == {True, False}
