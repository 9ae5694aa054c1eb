"""Any input, however hostile, gives an instance or a ValidationError."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fields import FIELDS, VALUES, WireClass
from helpers import assert_value_or_rejection

CORPUS = sorted((Path(__file__).parent / "fuzz" / "corpus").iterdir())

types = st.sampled_from(list(FIELDS))
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary()
names = st.sampled_from(sorted({name for kinds in FIELDS.values() for name in kinds})) | st.text()
anything = st.recursive(
    scalars, lambda children: st.lists(children) | st.dictionaries(names, children) | st.tuples(children, children)
)


@given(anything, types)
def test_from_dict_accepts_or_rejects_anything(message: Any, cls: WireClass) -> None:
    assert_value_or_rejection(cls.from_dict, message)


@given(st.data(), anything, types)
def test_from_dict_accepts_or_rejects_a_message_with_anything_in_a_field(
    data: st.DataObject, value: Any, cls: WireClass
) -> None:
    name = data.draw(st.sampled_from([*FIELDS[cls]]))
    assert_value_or_rejection(cls.from_dict, data.draw(VALUES[cls]).to_dict() | {name: value})


@given(st.binary() | st.text(st.characters()), types)
def test_from_json_accepts_or_rejects_anything(message: bytes | str, cls: WireClass) -> None:
    assert_value_or_rejection(cls.from_json, message)


@given(st.data(), st.binary(max_size=4), types)
def test_from_json_accepts_or_rejects_an_edited_message(data: st.DataObject, inserted: bytes, cls: WireClass) -> None:
    message = data.draw(VALUES[cls]).to_json().encode()
    start = data.draw(st.integers(0, len(message)))
    end = data.draw(st.integers(start, min(start + 4, len(message))))
    assert_value_or_rejection(cls.from_json, message[:start] + inserted + message[end:])


@pytest.mark.parametrize("file", CORPUS, ids=[file.name for file in CORPUS])
def test_from_json_accepts_or_rejects_the_fuzzing_corpus(file: Path) -> None:
    for cls in FIELDS:
        assert_value_or_rejection(cls.from_json, file.read_bytes())
