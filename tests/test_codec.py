"""What is written, what is read, and what is refused."""

import copy
import json
import sys
from collections import ChainMap, OrderedDict, UserDict, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from functools import partial
from types import FrameType, MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import processes
from pool_registry_types import (
    GpuInfo,
    HealthState,
    NodeCapabilities,
    NodeInfo,
    ValidationError,
    format_json,
    parse_json,
)
from strategies import VALUES
from tables import DOCUMENTS, FIELDS, WireClass

classes = pytest.mark.parametrize("cls", FIELDS)


def without(document: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != name}


def refusal(read: Callable[[Any], Any], document: Any) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        read(document)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    return caught.value


GPU, CAPABILITIES, NODE = DOCUMENTS[GpuInfo], DOCUMENTS[NodeCapabilities], DOCUMENTS[NodeInfo]


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
        assert str(refusal(cls.from_dict, past)) == f"{cls.__name__}.{name}: missing"
        assert refusal(cls.from_dict, past | {name: None}).reason.endswith(", got null")


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
        (GpuInfo.from_dict(GPU), "GpuInfo"),
    ],
)
@classes
def test_a_document_is_an_object(cls: WireClass, document: Any, shown: str) -> None:
    error = refusal(cls.from_dict, document)
    assert str(error) == f"{cls.__name__}: expected an object, got {shown}"
    assert error.path == ()


@pytest.mark.parametrize(
    "kind",
    [
        OrderedDict,
        partial(defaultdict, int),
        partial(ChainMap, {}),
        UserDict,
        MappingProxyType,
        type("Dict", (dict,), {}),
    ],
)
def test_any_mapping_is_an_object(kind: Callable[[Any], Mapping[str, Any]]) -> None:
    assert GpuInfo.from_dict(kind(GPU)) == GpuInfo.from_dict(GPU)
    capabilities = kind(CAPABILITIES | {"gpus": [kind(GPU)]})
    assert NodeInfo.from_dict(NODE | {"capabilities": capabilities}) == NodeInfo.from_dict(NODE)


def test_an_absent_member_is_missing_whatever_its_mapping_makes_up() -> None:
    assert str(refusal(GpuInfo.from_dict, defaultdict(int, without(GPU, "device_id")))) == "GpuInfo.device_id: missing"


def test_a_member_that_is_gone_meanwhile_is_missing() -> None:
    # Another thread may put it back before anybody looks again; here a trace function does.
    document = without(GPU, "name")

    def put_back(frame: FrameType, event: str, _: Any) -> Any:
        if event == "exception" and frame.f_code.co_name == "_read":
            document["name"] = "back"
        return put_back

    before = sys.gettrace()
    sys.settrace(put_back)
    try:
        error = refusal(GpuInfo.from_dict, document)
    finally:
        sys.settrace(before)
    assert str(error) == "GpuInfo.name: missing"
    assert document["name"] == "back"


class Broken(Mapping[str, Any]):
    """A mapping that fails, as one that reads from a lost connection would."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __getitem__(self, name: str) -> Any:
        raise self.error

    def __iter__(self) -> Iterator[str]:
        return iter(["device_id"])

    def __len__(self) -> int:
        return 1


@pytest.mark.parametrize(
    "error", [ConnectionError(), KeyError("device_id"), KeyError("gpus"), ValueError(), TypeError()]
)
@pytest.mark.parametrize("place", [lambda broken: broken, lambda broken: NODE | {"capabilities": {"gpus": [broken]}}])
def test_an_exception_of_a_mapping_is_its_own(place: Callable[[Any], Any], error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        NodeInfo.from_dict(place(Broken(error)))
    assert caught.value is error


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
        ({"device_id": "NaN"}, ": not I-JSON: NaN is not valid JSON"),
        ({"unknown": "-Infinity"}, ": not I-JSON: -Infinity is not valid JSON"),
        ({"unknown": '{"a":0,"b":[{"b":1,"a":1,"a":1}]}'}, ": not I-JSON: duplicate member 'a'"),
        ({"unknown": '{"' + "a" * 99 + '":0,"' + "a" * 99 + '":0}'}, f": not I-JSON: duplicate member '{'a' * 59}…"),
        ({"unknown": "9" * 4301}, ": not I-JSON: an integer of more than 4300 digits"),
    ],
)
def test_json_is_refused(members: dict[str, str], message: str) -> None:
    assert str(refusal(GpuInfo.from_json, "{" + json_of_gpu(**members) + "}")) == f"GpuInfo{message}"


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("", "the document is empty"),
        (b"", "the document is empty"),
        (" \r\n\t", "the document is empty"),
        ("\xa0", "Expecting value: line 1 column 1 (char 0)"),
        ("\0{}", "the document starts with a NUL"),
        ('{"a":1} x', "Extra data: line 1 column 9 (char 8)"),
        (' \n{"a":1}\t\n x', "Extra data: line 3 column 2 (char 12)"),
        ("\ufeff{}", "the document starts with a byte-order mark"),
        (b"\xef\xbb\xbf{}", "the document starts with a byte-order mark"),
        ("{} {}", "Extra data: line 1 column 4 (char 3)"),
        ("{'device_id': 0}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ('{"name": "\n"}', "Invalid control character at: line 1 column 11 (char 10)"),
        ('{"name": 1}'.encode("utf-16"), "not UTF-8: invalid start byte at index 0"),
        (b'{"a": "\xed\xa0\x80"}', "not UTF-8: invalid continuation byte at index 7"),
        ("[" * 10**5, "nested too deeply"),
        (None, "expected str, bytes or bytearray, got None"),
        (True, "expected str, bytes or bytearray, got bool"),
        ({}, "expected str, bytes or bytearray, got dict"),
        (memoryview(b"{}"), "expected str, bytes or bytearray, got memoryview"),
    ],
    ids=range(19),
)
def test_what_is_no_i_json_is_refused(document: Any, reason: str) -> None:
    error = refusal(GpuInfo.from_json, document)
    assert str(error) == f"GpuInfo: not I-JSON: {reason}"
    assert error.path == ()


class Bytes(bytes):
    pass


class Text(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "other"


@pytest.mark.parametrize("kind", [Bytes, bytearray, lambda text: str(text, "utf-8"), lambda text: Text(text, "utf-8")])
def test_text_may_be_of_a_subclass(kind: Callable[[bytes], Any]) -> None:
    text = json.dumps(GPU).encode()
    assert GpuInfo.from_json(kind(text)) == GpuInfo.from_dict(GPU)


@pytest.mark.parametrize("document", ["null", "true", "0", '"{}"', "[]", '[0,"NVIDIA RTX 4090",24000,"8.9"]'])
def test_json_that_is_no_object_is_refused(document: str) -> None:
    with pytest.raises(ValidationError, match=r"^GpuInfo: expected an object, got "):
        GpuInfo.from_json(document)


# JSON of one's own.


@pytest.mark.parametrize(
    ("document", "value"),
    [
        ("null", None),
        (b' [1, "a", {"b": 1.5}] ', [1, "a", {"b": 1.5}]),
        (bytearray(b"true"), True),
        ('"' + "[" * 600 + '"', "[" * 600),
    ],
)
def test_parse_json_reads_i_json(document: Any, value: Any) -> None:
    assert parse_json(document) == value


@pytest.mark.parametrize("document", ["", "{", "NaN", '{"a":1,"a":2}', b"\xff", "\ufeff{}", "\0{}", None, 1, "[1] 2"])
def test_parse_json_rejects_what_a_reader_rejects(document: Any) -> None:
    there, here = refusal(GpuInfo.from_json, document), refusal(parse_json, document)
    assert (here.type_name, here.path, here.reason) == ("JSON", (), there.reason)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        ([1, 1.5, True, "é\u2028/"], '[1,1.5,true,"é\u2028/"]'),
        ({"b": {"a": ()}, "": []}, '{"b":{"a":[]},"":[]}'),
        ({"state": HealthState.READY, "n": 2**64}, '{"state":"Ready","n":18446744073709551616}'),
        (OrderedDict(z=1, a=2), '{"z":1,"a":2}'),
    ],
)
def test_format_json_writes_compact_text(value: Any, text: str) -> None:
    assert format_json(value) == text


@classes
@given(data=st.data())
def test_format_json_writes_as_to_json_does(cls: WireClass, data: st.DataObject) -> None:
    value = data.draw(VALUES[cls])
    assert format_json(value.to_dict()) == value.to_json()
    assert parse_json(value.to_json()) == value.to_dict()


CYCLE: list[Any] = []
CYCLE.append(CYCLE)


def nested(depth: int, *, of: str = "[", end: str = "]") -> str:
    return of * depth + "0" + end * depth


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (float("nan"), "NaN, Infinity or an integer of more than 4300 digits"),
        ([float("-inf")], "NaN, Infinity or an integer of more than 4300 digits"),
        (10**5000, "NaN, Infinity or an integer of more than 4300 digits"),
        ({"a": {1}}, "expected a JSON value, got set"),
        (GpuInfo.from_dict(GPU), "expected a JSON value, got GpuInfo"),
        (b"a", "expected a JSON value, got bytes"),
        ({1: 2}, "expected a string as a name, got 1"),
        ([({None: 2},)], "expected a string as a name, got null"),
        ("\ud800", "a lone surrogate"),
        ({"\udfff": 1}, "a lone surrogate"),
        (json.loads(nested(501)), "nested too deeply"),
        (CYCLE, "nested too deeply"),
    ],
    ids=range(12),
)
def test_format_json_rejects_what_is_not_i_json(value: Any, reason: str) -> None:
    error = refusal(format_json, value)
    assert str(error) == f"JSON: not I-JSON: {reason}"


# Depth.

LEVELS = {
    "arrays": nested(500),
    "objects": nested(500, of='{"a":', end="}"),
    "both": nested(250, of='[{"a":', end="}]"),
    "with brackets in strings": nested(500, of='["' + "[" * 9 + '",'),
    "with an escaped quote": nested(500, of=r'["\"[",'),
    "with a backslash at the end": nested(500, of=r'["\\",'),
    "with closed ones": nested(499, of="[[],{},"),
}


@pytest.mark.parametrize("name", LEVELS)
@pytest.mark.parametrize(
    ("around", "is_read"), [("{}", True), ("[{}]", False), ('{{"x":{}}}', False), ('["]",{}]', False)]
)
def test_500_levels_are_read_and_no_more(name: str, around: str, is_read: bool) -> None:
    document = around.format(LEVELS[name])
    if is_read:
        assert format_json(parse_json(document)) == document.replace(", ", ",")
    else:
        assert refusal(parse_json, document).reason == "not I-JSON: nested too deeply"


def test_depth_is_bounded_in_unknown_members_too() -> None:
    for depth, is_read in (499, True), (500, False):
        document = "{" + json_of_gpu(unknown=nested(depth)) + "}"
        if is_read:
            assert GpuInfo.from_json(document) == GpuInfo.from_dict(GPU)
        else:
            assert str(refusal(GpuInfo.from_json, document)) == "GpuInfo: not I-JSON: nested too deeply"


def test_no_depth_overflows_the_stack_of_a_small_thread() -> None:
    script = f"""
import threading
from pool_registry_types import ValidationError, format_json, parse_json

def parse():
    for start in "[", '{{"a":', '["[",':
        for depth in 9000, 10**6:
            try:
                parse_json(start * depth)
            except ValidationError as error:
                print(error)
    assert format_json(parse_json({nested(500)!r})) == {nested(500)!r}

threading.stack_size(512 * 1024)
thread = threading.Thread(target=parse)
thread.start()
thread.join()
"""
    done = processes.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "JSON: not I-JSON: nested too deeply\n" * 6
