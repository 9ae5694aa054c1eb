"""Hostile input ends in a value or a ValidationError, in little time."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes import assert_value_or_refusal
from pool_registry_types import GpuInfo, ValidationError
from strategies import VALUES
from tables import DOCUMENTS, FIELDS, WireClass

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
    def spoiled(value: Any) -> Any:
        if isinstance(value, (dict, list)) and value and data.draw(st.booleans()):
            key = data.draw(st.sampled_from(list(value) if isinstance(value, dict) else range(len(value))))
            value[key] = spoiled(value[key])
            return value
        return member

    assert_value_or_refusal(cls.from_dict, spoiled(data.draw(VALUES[cls]).to_dict()))


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


NO_JSON = {
    "arrays": "[" * 10**6 + "]" * 10**6,
    "open arrays": "[" * 10**6,
    "objects": '{"a":' * 10**6 + "0" + "}" * 10**6,
    "integer": "9" * 10**6,
    "negative integer": "-" + "9" * 10**6,
    "duplicates": "{" + ",".join(['"a":0'] * 10**5) + "}",
}
NO_TEXT = {
    "fraction": "0." + "3" * 10**6,
    "exponent": "1e" + "9" * 10**6,
    "surrogates": '"' + r"\ud800" * 10**6 + '"',
    "members": json.dumps(dict.fromkeys(map(str, range(10**5)))),
    "items": "[" + ",".join(["0"] * 10**5) + "]",
}
TEXTS = {
    "text": '"' + "a" * 10**7 + '"',
    "wide text": '"' + "💡" * 10**7 + '"',
    "timestamp": '"2025-10-01T08:51:30.' + "1" * 10**7 + 'Z"',
    "offset": '"2025-10-01T08:51:30+' + "0" * 10**7 + '"',
    "blanks": '"' + " " * 10**7 + '"',
}


@pytest.mark.parametrize("attack", NO_JSON | NO_TEXT | TEXTS)
@pytest.mark.parametrize("name", ["device_id", "name", "unknown"])
def test_a_huge_value_in_json(attack: str, name: str) -> None:
    value = (NO_JSON | NO_TEXT | TEXTS)[attack]
    members = {key: json.dumps(value) for key, value in DOCUMENTS[GpuInfo].items()} | {name: value}
    document = "{" + ",".join(f'"{key}":{text}' for key, text in members.items()) + "}"
    if attack in TEXTS and name == "name":
        assert GpuInfo.from_json(document).name == json.loads(value)
    elif attack not in NO_JSON and name == "unknown":
        assert GpuInfo.from_json(document) == GpuInfo.from_dict(DOCUMENTS[GpuInfo])
    else:
        with pytest.raises(ValidationError) as caught:
            GpuInfo.from_json(document)
        assert len(str(caught.value)) <= 300


HUGE = {
    "integer": 1 << 10**7,
    "text": "a" * 10**7,
    "surrogates": "\ud800" * 10**7,
    "timestamp": "2025-10-01T08:51:30." + "1" * 10**7 + "Z",
    "items": [0] * 10**6,
    "members": dict.fromkeys(range(10**6)),
}


@pytest.mark.parametrize("huge", HUGE)
@pytest.mark.parametrize(("cls", "name"), [(cls, name) for cls, kinds in FIELDS.items() for name in kinds])
def test_a_huge_value_in_every_kind_of_field(cls: WireClass, name: str, huge: str) -> None:
    document = DOCUMENTS[cls] | {name: HUGE[huge]}
    if FIELDS[cls][name] in {"text", "opt text"} and huge in {"text", "timestamp"}:
        assert getattr(cls.from_dict(document), name) is HUGE[huge]
    else:
        with pytest.raises(ValidationError) as caught:
            cls.from_dict(document)
        assert len(str(caught.value)) <= 300
