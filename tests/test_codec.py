"""What is written, what is read, and what is refused."""

import copy
import json
from collections import ChainMap, OrderedDict, UserDict, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from types import MappingProxyType
from typing import Any
from unittest.mock import MagicMock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pool_registry_types import GpuInfo, HealthStatus, NodeCapabilities, NodeInfo, PoolSnapshot, ValidationError
from strategies import VALUES
from tables import DOCUMENTS, FIELDS, NO_MEMBER, WireClass

classes = pytest.mark.parametrize("cls", FIELDS)


def without(document: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != name}


def refusal(cls: WireClass, document: Any) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        cls.from_dict(document)
    return caught.value


@classes
def test_the_fields_are_those_of_the_wire_in_its_order(cls: WireClass) -> None:
    assert [field.name for field in fields(cls)] == list(FIELDS[cls])
    assert list(cls.from_dict(DOCUMENTS[cls]).to_dict()) == list(FIELDS[cls])


@classes
@given(data=st.data())
def test_what_is_written_is_read_as_the_same_value(cls: WireClass, data: st.DataObject) -> None:
    value = data.draw(VALUES[cls])
    document, text = value.to_dict(), value.to_json()
    assert cls.from_dict(document) == value
    assert cls.from_json(text) == cls.from_json(text.encode()) == cls.from_json(bytearray(text.encode())) == value
    assert text == json.dumps(document, ensure_ascii=False, separators=(",", ":"))


@classes
def test_documents_are_read_and_written_again(cls: WireClass) -> None:
    document = DOCUMENTS[cls]
    value = cls.from_dict(document)
    assert value.to_dict() == document
    assert None not in [getattr(value, name) for name in FIELDS[cls]]
    assert value.to_json() == json.dumps(document, ensure_ascii=False, separators=(",", ":"))


@classes
@given(data=st.data())
def test_a_written_dict_is_plain_and_new(cls: WireClass, data: st.DataObject) -> None:
    def assert_plain(value: Any) -> None:
        assert type(value) in {dict, list, str, int, type(None)}
        if isinstance(value, dict):
            for item in (*value, *value.values()):
                assert_plain(item)
        if isinstance(value, list):
            for item in value:
                assert_plain(item)

    def scramble(value: Any) -> None:
        for item in value.values() if isinstance(value, dict) else value:
            if isinstance(item, (dict, list)):
                scramble(item)
        value.clear()

    value = data.draw(VALUES[cls])
    document, before = value.to_dict(), value.to_json()
    assert_plain(document)
    scramble(document)
    assert value.to_json() == before


@classes
def test_a_document_that_was_read_may_change_afterwards(cls: WireClass) -> None:
    document = copy.deepcopy(DOCUMENTS[cls])
    value = cls.from_dict(document)
    for name, member in document.items():
        if isinstance(member, (dict, list)):
            member.clear()
        document[name] = "changed"
    assert value == cls.from_dict(DOCUMENTS[cls])


@classes
def test_a_document_from_the_future_is_read_without_its_new_members(cls: WireClass) -> None:
    def newer(value: Any) -> Any:
        if isinstance(value, dict):
            return {"a": {}} | {name: newer(member) for name, member in value.items()} | {"z": [{"a": None}], "": -1}
        return [newer(item) for item in value] if isinstance(value, list) else value

    assert cls.from_dict(newer(DOCUMENTS[cls])) == cls.from_dict(DOCUMENTS[cls])
    assert cls.from_json(json.dumps(newer(DOCUMENTS[cls]))) == cls.from_dict(DOCUMENTS[cls])


@pytest.mark.parametrize(("cls", "name"), [(cls, name) for cls, kinds in FIELDS.items() for name in kinds])
def test_a_member_may_be_absent_or_null_only_if_it_is_optional(cls: WireClass, name: str) -> None:
    past = without(DOCUMENTS[cls], name)
    if FIELDS[cls][name].startswith("opt "):
        for document in (past, past | {name: None}):
            assert getattr(cls.from_dict(document), name) is None
        assert cls.from_dict(past).to_dict() == DOCUMENTS[cls] | {name: None}
    else:
        assert str(refusal(cls, past)) == f"{cls.__name__}.{name}: missing"
        assert refusal(cls, past | {name: None}).reason.endswith(", got null")


@pytest.mark.parametrize(
    ("cls", "name", "value", "reason"),
    [
        (cls, name, value, reason)
        for cls, kinds in FIELDS.items()
        for name, kind in kinds.items()
        for value, reason in NO_MEMBER[kind]
    ],
)
def test_the_reader_refuses(cls: WireClass, name: str, value: Any, reason: str) -> None:
    error = refusal(cls, DOCUMENTS[cls] | {name: value})
    assert str(error) == f"{cls.__name__}.{name}: {reason}"
    assert (error.path, error.reason) == ((name,), reason)


GPU, CAPABILITIES, NODE = DOCUMENTS[GpuInfo], DOCUMENTS[NodeCapabilities], DOCUMENTS[NodeInfo]


def node_with_gpus(*gpus: Any) -> dict[str, Any]:
    return NODE | {"capabilities": CAPABILITIES | {"gpus": list(gpus)}}


@pytest.mark.parametrize(
    ("cls", "document", "path", "message"),
    [
        (
            NodeInfo,
            node_with_gpus(GPU, GPU | {"vram_total_mb": -1}),
            ("capabilities", "gpus", 1, "vram_total_mb"),
            "NodeInfo.capabilities.gpus[1].vram_total_mb: expected an integer from 0 to 18446744073709551615, got -1",
        ),
        (
            NodeInfo,
            node_with_gpus(without(GPU, "name")),
            ("capabilities", "gpus", 0, "name"),
            "NodeInfo.capabilities.gpus[0].name: missing",
        ),
        (
            NodeInfo,
            node_with_gpus(GPU, None),
            ("capabilities", "gpus", 1),
            "NodeInfo.capabilities.gpus[1]: expected an object, got null",
        ),
        (
            NodeCapabilities,
            CAPABILITIES | {"gpus": (GPU, GpuInfo.from_dict(GPU))},
            ("gpus", 1),
            "NodeCapabilities.gpus[1]: expected an object, got GpuInfo",
        ),
        (
            NodeInfo,
            NODE | {"pools": ["pool-0", "pool-\ud800"]},
            ("pools", 1),
            r"NodeInfo.pools[1]: expected a string without lone surrogates, got 'pool-\ud800'",
        ),
        (NodeInfo, NODE | {"pools": [None]}, ("pools", 0), "NodeInfo.pools[0]: expected a string, got null"),
        (
            PoolSnapshot,
            DOCUMENTS[PoolSnapshot] | {"health": without(DOCUMENTS[HealthStatus], "slots_free")},
            ("health", "slots_free"),
            "PoolSnapshot.health.slots_free: missing",
        ),
    ],
)
def test_the_path_leads_to_the_value(cls: WireClass, document: Any, path: tuple[str | int, ...], message: str) -> None:
    error = refusal(cls, document)
    assert str(error) == message
    assert error.path == path


class Broken(Mapping[str, Any]):
    """A mapping that fails, as one that reads from a lost connection would."""

    def __getitem__(self, name: str) -> Any:
        raise RuntimeError

    def __iter__(self) -> Iterator[str]:
        return iter(["device_id"])

    def __len__(self) -> int:
        return 1


@pytest.mark.parametrize(
    ("document", "shown"),
    [
        (None, "null"),
        (True, "true"),
        (0, "0"),
        (1.5, "1.5"),
        ("{}", "'{}'"),
        ([], "an array"),
        ([["device_id", 0]], "an array"),
        ((), "an array"),
        (b"{}", "bytes"),
        (dict, "type"),
        (Broken(), "Broken"),
        (GpuInfo.from_dict(GPU), "GpuInfo"),
    ],
)
@classes
def test_a_document_is_an_object(cls: WireClass, document: Any, shown: str) -> None:
    error = refusal(cls, document)
    assert str(error) == f"{cls.__name__}: expected an object, got {shown}"
    assert error.path == ()


@pytest.mark.parametrize(
    "mapping", [OrderedDict(GPU), defaultdict(int, GPU), ChainMap({}, GPU), UserDict(GPU), MappingProxyType(GPU)]
)
def test_any_mapping_is_an_object(mapping: Mapping[str, Any]) -> None:
    assert GpuInfo.from_dict(mapping) == GpuInfo.from_dict(GPU)


def test_an_absent_member_is_missing_whatever_its_mapping_makes_up() -> None:
    assert str(refusal(GpuInfo, defaultdict(int, without(GPU, "device_id")))) == "GpuInfo.device_id: missing"


@classes
@pytest.mark.parametrize("kind", [int, str, list, tuple, dict, datetime, GpuInfo])
def test_a_mock_is_no_member(cls: WireClass, kind: type) -> None:
    for name in FIELDS[cls]:
        assert ", got MagicMock" in refusal(cls, DOCUMENTS[cls] | {name: MagicMock(spec=kind)}).reason
    assert refusal(cls, MagicMock(spec=kind)).reason == "expected an object, got MagicMock"


def test_arrays_may_be_tuples() -> None:
    assert NodeInfo.from_dict(NODE | {"pools": ("a", "b")}).pools == ("a", "b")
    assert NodeCapabilities.from_dict({"gpus": (GPU,)}).gpus == (GpuInfo.from_dict(GPU),)


@pytest.mark.parametrize(
    ("name", "on_the_wire"),
    [
        ("NVIDIA RTX 4090", '"NVIDIA RTX 4090"'),
        ('"\\/', r'"\"\\/"'),
        ("\b\f\n\r\t", r'"\b\f\n\r\t"'),
        ("\0\x01\x1f", r'"\u0000\u0001\u001f"'),
        ("\x7f\x80\u2028\u2029\ufeff\uffff", '"\x7f\x80\u2028\u2029\ufeff\uffff"'),
        ("é💡", '"é💡"'),
        ("", '""'),
    ],
)
def test_texts_are_escaped_as_serde_escapes_them(name: str, on_the_wire: str) -> None:
    value = GpuInfo(device_id=0, name=name, vram_total_mb=2**64 - 1, cuda_compute_capability="8.9")
    text = (
        '{"device_id":0,"name":'
        + on_the_wire
        + ',"vram_total_mb":18446744073709551615,"cuda_compute_capability":"8.9"}'
    )
    assert value.to_json() == text
    assert GpuInfo.from_json(text) == value


def json_of_gpu(**members: str) -> str:
    """The members of a GpuInfo's JSON text, with some values spelled as given."""
    spelled = {name: json.dumps(value) for name, value in GPU.items()} | members
    return ",".join(f'"{name}":{text}' for name, text in spelled.items())


@pytest.mark.parametrize(
    ("members", "name", "value"),
    [
        ({"device_id": "-0"}, "device_id", 0),
        ({"device_id": "18446744073709551615"}, "device_id", 2**64 - 1),
        ({"name": r'"\u00e9\ud83d\udca1\/"'}, "name", "é💡/"),
        ({"unknown": r'"\ud800"'}, "device_id", 0),
        ({"unknown": "1e999"}, "device_id", 0),
    ],
)
def test_json_is_read(members: dict[str, str], name: str, value: Any) -> None:
    for start, end in (("{", "}"), (" {", "}\n"), ("\t{ ", " }\r\n")):
        assert getattr(GpuInfo.from_json(start + json_of_gpu(**members) + end), name) == value


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"device_id": "1.0"}, ".device_id: expected an integer from 0 to 18446744073709551615, got 1.0"),
        ({"device_id": "1e0"}, ".device_id: expected an integer from 0 to 18446744073709551615, got 1.0"),
        ({"device_id": "-1"}, ".device_id: expected an integer from 0 to 18446744073709551615, got -1"),
        ({"name": r'"\ud83d"'}, r".name: expected a string without lone surrogates, got '\ud83d'"),
        ({"name": r'"\udca1\ud83d"'}, r".name: expected a string without lone surrogates, got '\udca1\ud83d'"),
        ({"device_id": "NaN"}, ": not I-JSON: NaN is no JSON value"),
        ({"unknown": "-Infinity"}, ": not I-JSON: -Infinity is no JSON value"),
        ({"unknown": '{"a":0,"b":[{"a":1,"a":1}]}'}, ": not I-JSON: duplicate member 'a'"),
        ({"unknown": '{"' + "a" * 99 + '":0,"' + "a" * 99 + '":0}'}, f": not I-JSON: duplicate member '{'a' * 59}…"),
    ],
)
def test_json_is_refused(members: dict[str, str], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        GpuInfo.from_json("{" + json_of_gpu(**members) + "}")
    assert str(caught.value) == f"GpuInfo{message}"


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("", "Expecting value: line 1 column 1 (char 0)"),
        (" ", "Expecting value: line 1 column 2 (char 1)"),
        ("{} {}", "Extra data: line 1 column 4 (char 3)"),
        ("{'device_id': 0}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ('{"name": "\n"}', "Invalid control character at: line 1 column 11 (char 10)"),
        ("\ufeff{}", "Expecting value: line 1 column 1 (char 0)"),
        (b"\xef\xbb\xbf{}", "Expecting value: line 1 column 1 (char 0)"),
        ('{"name": 1}'.encode("utf-16"), "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        (b'{"a": "\xed\xa0\x80"}', "'utf-8' codec can't decode byte 0xed in position 7: invalid continuation byte"),
        (None, "expected str, bytes or bytearray, got null"),
        ({}, "expected str, bytes or bytearray, got an object"),
        (memoryview(b"{}"), "expected str, bytes or bytearray, got memoryview"),
    ],
)
def test_what_is_no_i_json_is_refused(document: Any, reason: str) -> None:
    with pytest.raises(ValidationError) as caught:
        GpuInfo.from_json(document)
    assert str(caught.value) == f"GpuInfo: not I-JSON: {reason}"
    assert caught.value.path == ()


@pytest.mark.parametrize("document", ["null", "true", "0", '"{}"', "[]", '[0,"NVIDIA RTX 4090",24000,"8.9"]'])
def test_json_that_is_no_object_is_refused(document: str) -> None:
    with pytest.raises(ValidationError, match=r"^GpuInfo: expected an object, got "):
        GpuInfo.from_json(document)
