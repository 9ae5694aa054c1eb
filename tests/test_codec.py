"""What is written, what is read, and what is refused."""

import copy
import dataclasses
import json
import sys
from collections import ChainMap, OrderedDict, UserDict, defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any
from unittest.mock import MagicMock

import pytest
from hypothesis import given
from hypothesis import strategies as st

import helpers
from fields import (
    DOCUMENTS,
    FIELDS,
    HIGH,
    LOW,
    MISSING,
    SAMPLES,
    LyingText,
    WireClass,
    classes,
    every_field,
    i_json,
    no_objects,
    reason,
)
from helpers import clear, named, refusal, with_new_members, without
from pool_registry_types import GpuInfo, HealthState, NodeCapabilities, NodeInfo, _wire, format_json, parse_json
from reference import json_of
from strategies import VALUES

TOO_DEEP = "nested too deeply"
GPU, CAPABILITIES, NODE = DOCUMENTS[GpuInfo], DOCUMENTS[NodeCapabilities], DOCUMENTS[NodeInfo]


@classes
@given(data=st.data())
def test_what_is_written_is_read_as_the_same_value(cls: WireClass, data: st.DataObject) -> None:
    value = data.draw(VALUES[cls])
    document, text = value.to_dict(), value.to_json()
    assert cls.from_dict(document) == value
    assert cls.from_json(text) == cls.from_json(text.encode()) == cls.from_json(bytearray(text.encode())) == value
    assert text == json_of(document)


@classes
def test_documents_are_read_and_written_again(cls: WireClass) -> None:
    document = DOCUMENTS[cls]
    value = cls.from_dict(document)
    assert value.to_dict() == document
    assert value.to_json() == json_of(document)


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

    value = data.draw(VALUES[cls])
    document, before = value.to_dict(), value.to_json()
    assert_plain(document)
    clear(document)
    assert value.to_json() == before


@classes
@given(data=st.data())
def test_reading_leaves_the_document_alone_and_keeps_nothing_of_it(cls: WireClass, data: st.DataObject) -> None:
    document = data.draw(VALUES[cls]).to_dict()
    optional = [name for name, kind in FIELDS[cls].items() if kind.startswith("opt ")]
    for name in data.draw(st.lists(st.sampled_from(optional or [""]))):
        document.pop(name, None)
    before = copy.deepcopy(document)
    value = cls.from_dict(document)
    assert json_of(document) == json_of(before)  # which has the order of the members, too
    clear(document)
    assert value == cls.from_dict(before)


@classes
def test_a_document_from_the_future_is_read_without_its_new_members(cls: WireClass) -> None:
    document = with_new_members(DOCUMENTS[cls])
    assert cls.from_dict(document) == cls.from_json(json.dumps(document)) == SAMPLES[cls]


class Recorder(dict[str, Any]):
    """A document that records which members it was asked for."""

    def __init__(self, document: dict[str, Any]) -> None:
        super().__init__(document)
        self.asked: list[str] = []

    def __getitem__(self, name: str) -> Any:
        self.asked.append(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.append(name)
        return super().get(name, default)

    def __contains__(self, name: object) -> bool:
        self.asked.append(str(name))
        return super().__contains__(name)

    pop = setdefault = get


@classes
def test_a_reader_asks_for_the_members_of_the_wire_and_no_other(cls: WireClass) -> None:
    required = {name: member for name, member in DOCUMENTS[cls].items() if not FIELDS[cls][name].startswith("opt ")}
    for document in DOCUMENTS[cls], required:
        recorder = Recorder(document)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_wire, "as_dict", lambda _, document: document)
            assert cls.from_dict(recorder) == cls.from_dict(document)
        assert recorder.asked == list(FIELDS[cls])


def respelled(name: str) -> set[str]:
    """What a lenient reader might take for the name of a member."""
    words = name.replace("_", " ").title().replace(" ", "")
    return {
        *(name.upper(), name.title(), name.capitalize(), words, name[0] + words[1:], name.replace("_", "-")),
        *(f"_{name}", f"{name}_", f" {name}", f"{name} ", f"{name}1", f"{name}s", name[:-1], name.replace("_", "")),
        *(name.replace("e", "\u0435"), chr(ord(name[0]) + 0xFEE0) + name[1:], f"{name}\0"),
    }


@every_field
def test_a_member_has_one_spelling(cls: WireClass, name: str) -> None:
    for other in respelled(name) - {name}:
        document = {other if key == name else key: member for key, member in DOCUMENTS[cls].items()}
        if FIELDS[cls][name].startswith("opt "):
            assert getattr(cls.from_dict(document), name) is None, other
        else:
            assert str(refusal(cls.from_dict, document)) == f"{cls.__name__}.{name}: {MISSING}", other


@every_field
def test_a_member_may_be_absent_or_null_only_if_it_is_optional(cls: WireClass, name: str) -> None:
    absent, null = without(name, DOCUMENTS[cls]), DOCUMENTS[cls] | {name: None}
    for document in absent, null:
        if FIELDS[cls][name].startswith("opt "):
            assert cls.from_dict(document).to_dict() == null
        else:
            assert refusal(cls.from_dict, document).path == (name,)


@classes
def test_a_document_is_an_object(cls: WireClass) -> None:
    for document, why in no_objects(DOCUMENTS[cls], SAMPLES[cls]).values():
        error = refusal(cls.from_dict, document)
        assert (str(error), error.path) == (f"{cls.__name__}: {why}", ())


MAPPINGS: dict[str, Callable[[Any], Mapping[str, Any]]] = {
    "OrderedDict": OrderedDict,
    "defaultdict": partial(defaultdict, int),
    "ChainMap": partial(ChainMap, {}),
    "UserDict": UserDict,
    "MappingProxyType": MappingProxyType,
    "a subclass of dict": type("Dict", (dict,), {}),
}


@pytest.mark.parametrize("name", MAPPINGS)
def test_any_mapping_is_an_object(name: str) -> None:
    kind = MAPPINGS[name]
    assert GpuInfo.from_dict(kind(GPU)) == SAMPLES[GpuInfo]
    capabilities = kind(CAPABILITIES | {"gpus": [kind(GPU)]})
    assert NodeInfo.from_dict(NODE | {"capabilities": capabilities}) == NodeInfo.from_dict(NODE)


def test_an_absent_member_is_missing_whatever_its_mapping_makes_up() -> None:
    document = defaultdict(int, without("device_id", GPU))
    assert str(refusal(GpuInfo.from_dict, document)) == f"GpuInfo.device_id: {MISSING}"


@every_field
def test_a_reader_that_is_wrapped_still_names_a_missing_field(
    monkeypatch: pytest.MonkeyPatch, cls: WireClass, name: str
) -> None:
    def wrapped(draft: Any, members: dict[str, Any]) -> None:
        def call() -> None:  # beartype adds a frame, too
            read(draft, members)

        call()

    read = cls._read
    monkeypatch.setattr(cls, "_read", wrapped)
    document = without(name, DOCUMENTS[cls])
    if FIELDS[cls][name].startswith("opt "):
        assert getattr(cls.from_dict(document), name) is None
    else:
        assert str(refusal(cls.from_dict, document)) == f"{cls.__name__}.{name}: {MISSING}"


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


@pytest.mark.parametrize("error", [ConnectionError(), KeyError("device_id"), KeyError(), ValueError(), TypeError()])
def test_an_exception_of_a_mapping_is_its_own(error: Exception) -> None:
    broken = Broken(error)
    for document in broken, NODE | {"capabilities": {"gpus": [broken]}}:
        with pytest.raises(type(error)) as caught:
            NodeInfo.from_dict(document)
        assert caught.value is error


def json_of_gpu(**members: str) -> str:
    """The JSON text of a GpuInfo, with some members spelled as given."""
    spelled = {name: json.dumps(value) for name, value in GPU.items()} | members
    return "{" + ",".join(f'"{name}":{text}' for name, text in spelled.items()) + "}"


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
    value = dataclasses.replace(SAMPLES[GpuInfo], name=name)
    text = json_of_gpu(name=on_the_wire)
    assert value.to_json() == text
    assert GpuInfo.from_json(text) == value


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
    for start, end in ("", ""), (" ", "\n"), ("\t", "\r\n"):
        assert getattr(GpuInfo.from_json(start + json_of_gpu(**members) + end), name) == value


@pytest.mark.parametrize(
    ("members", "message"),
    named(
        {
            "a fraction": ({"device_id": "1.0"}, f".device_id: {reason('u64', '1.0')}"),
            "an exponent": ({"device_id": "1e0"}, f".device_id: {reason('u64', '1.0')}"),
            "a sign": ({"device_id": "-1"}, f".device_id: {reason('u64', '-1')}"),
            "a number in quotes": ({"device_id": '"1"'}, ".device_id: " + reason("u64", "'1'")),
            "half a pair": ({"name": r'"\ud83d"'}, ".name: " + reason("scalar values", r"'\ud83d'")),
            "a pair reversed": ({"name": r'"\udca1\ud83d"'}, ".name: " + reason("scalar values", r"'\udca1\ud83d'")),
            "NaN": ({"device_id": "NaN"}, f": {i_json('NaN is not valid JSON')}"),
            "infinity": ({"unknown": "-Infinity"}, f": {i_json('-Infinity is not valid JSON')}"),
            "a duplicate": ({"unknown": '{"a":0,"b":[{"b":1,"a":1,"a":1}]}'}, ": " + i_json("duplicate member 'a'")),
            "a duplicate that is escaped": ({"unknown": r'{"a":0,"\u0061":0}'}, ": " + i_json("duplicate member 'a'")),
            "a long duplicate": (
                {"unknown": '{"' + "a" * 99 + '":0,"' + "a" * 99 + '":0}'},
                ": " + i_json(f"duplicate member '{'a' * 59}…"),
            ),
            "many digits": ({"unknown": "9" * 4301}, f": {i_json('an integer of more than 4300 digits')}"),
        }
    ),
)
def test_json_is_refused(members: dict[str, str], message: str) -> None:
    assert str(refusal(GpuInfo.from_json, json_of_gpu(**members))) == f"GpuInfo{message}"


EMPTY, STARTS_WITH, EXTRA = "the document is empty", "the document starts with a ", "Extra data: line "
NO_NAME = "Expecting property name enclosed in double quotes: line "
OTHER_TYPE = "expected str, bytes or bytearray, got "


@pytest.mark.parametrize(
    ("document", "reason"),
    named(
        {
            "no text": ("", EMPTY),
            "no bytes": (b"", EMPTY),
            "blanks": (" \r\n\t", EMPTY),
            "a blank that JSON has not": ("\xa0", "Expecting value: line 1 column 1 (char 0)"),
            "a NUL": ("\0{}", f"{STARTS_WITH}NUL"),
            "a byte-order mark": ("\ufeff{}", f"{STARTS_WITH}byte-order mark"),
            "a byte-order mark in bytes": (b"\xef\xbb\xbf{}", f"{STARTS_WITH}byte-order mark"),
            "a text behind": ('{"a":1} x', f"{EXTRA}1 column 9 (char 8)"),
            "a text lines behind": (' \n{"a":1}\t\n x', f"{EXTRA}3 column 2 (char 12)"),
            "two documents": ("{} {}", f"{EXTRA}1 column 4 (char 3)"),
            "a vertical tab behind": ("{}\x0b", f"{EXTRA}1 column 3 (char 2)"),
            "quotes of Python": ("{'a': 0}", f"{NO_NAME}1 column 2 (char 1)"),
            "a line break in a string": ('{"name": "\n"}', "Invalid control character at: line 1 column 11 (char 10)"),
            "UTF-16": ('{"name": 1}'.encode("utf-16"), "not UTF-8: invalid start byte at index 0"),
            "a surrogate in UTF-8": (b'{"a": "\xed\xa0\x80"}', "not UTF-8: invalid continuation byte at index 7"),
            "depth": ("[" * 10**5, TOO_DEEP),
            "None": (None, f"{OTHER_TYPE}None"),
            "True": (True, f"{OTHER_TYPE}bool"),
            "a dict": ({}, f"{OTHER_TYPE}dict"),
            "a memoryview": (memoryview(b"{}"), f"{OTHER_TYPE}memoryview"),
        }
    ),
)
def test_what_is_not_i_json_is_refused(document: Any, reason: str) -> None:
    error = refusal(GpuInfo.from_json, document)
    assert (str(error), error.path) == (f"GpuInfo: {i_json(reason)}", ())


class Bytes(bytes):
    pass


@pytest.mark.parametrize("kind", [Bytes, lambda text: LyingText(text, "utf-8")])
def test_text_may_be_of_a_subclass(kind: Callable[[bytes], Any]) -> None:
    assert GpuInfo.from_json(kind(json.dumps(GPU).encode())) == SAMPLES[GpuInfo]


@pytest.mark.parametrize("document", ["null", "true", "0", '"{}"', "[]", '[0,"NVIDIA RTX 4090",24000,"8.9"]'])
def test_json_that_is_not_an_object_is_refused(document: str) -> None:
    error = refusal(GpuInfo.from_json, document)
    assert error.path == ()
    assert error.reason.startswith(reason("object", ""))


# JSON of one's own.


@pytest.mark.parametrize(
    ("document", "value"),
    [
        ("null", None),
        (b' [1, "a", {"b": 1.5}] ', [1, "a", {"b": 1.5}]),
        (bytearray(b"true"), True),
        (r'"\\ud800 \ud83d\udca1"', r"\ud800 💡"),
        ("[1e308, -0.5, 1E-400]", [1e308, -0.5, 0.0]),
        pytest.param('"' + "[" * 600 + '"', "[" * 600, id="a text of brackets"),
    ],
)
def test_parse_json_reads_i_json(document: Any, value: Any) -> None:
    assert parse_json(document) == value


@pytest.mark.parametrize("document", ["", "{", "NaN", '{"a":1,"a":2}', b"\xff", "\ufeff{}", "\0{}", None, 1, "[1] 2"])
def test_parse_json_rejects_what_a_reader_rejects(document: Any) -> None:
    there, here = refusal(GpuInfo.from_json, document), refusal(parse_json, document)
    assert (here.type_name, here.path, here.reason) == ("JSON", (), there.reason)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (r'"\ud800"', "a lone surrogate"),
        (r'[{"a": {"\uDFFF": 1}}]', "a lone surrogate"),
        (r'"\udca1\ud83d"', "a lone surrogate"),
        (f'"{HIGH}"', "a lone surrogate"),
        ("1e400", "a number that overflows a double"),
        ('{"a": [-1E+309]}', "a number that overflows a double"),
        pytest.param("9" * 309 + ".0", "a number that overflows a double", id="309 digits and a fraction"),
    ],
)
def test_parse_json_rejects_what_a_reader_ignores_in_unknown_fields(document: str, reason: str) -> None:
    assert str(refusal(parse_json, document)) == f"JSON: {i_json(reason)}"
    assert GpuInfo.from_json(json_of_gpu(unknown=document)) == SAMPLES[GpuInfo]


@pytest.mark.parametrize(
    ("document", "value"),
    [
        (r'["\u0041\\u+041\"[", "५", -10.5e1]', ['A\\u+041"[', "५", -105.0]),
        (r'"\u+041"', None),
        (r'"\\\u 041"', None),
        ("1५", None),
        ("[1.५]", None),
        ("1e५", None),
    ],
)
def test_the_scanner_of_json_in_python_accepts_no_more(document: str, value: Any) -> None:
    script = f"""
import sys
sys.modules["_json"] = None
from pool_registry_types import ValidationError, parse_json
try:
    print(ascii(parse_json({document!r})))
except ValidationError as error:
    print(None)
"""
    done = helpers.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout == f"{value!a}\n"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (0.00001, "1e-05"),
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
    named(
        {
            "NaN": (float("nan"), "NaN is not valid JSON"),
            "infinity": ([float("-inf")], "-Infinity is not valid JSON"),
            "many digits": (10**5000, "an integer of more than 4300 digits"),
            "a set": ({"a": {1}}, "expected a JSON value, got set"),
            "a value": (SAMPLES[GpuInfo], "expected a JSON value, got GpuInfo"),
            "bytes": (b"a", "expected a JSON value, got bytes"),
            "a number as a name": ({"a": {1: 2}}, "expected a string as a name, got 1"),
            "null as a name": ([({None: 2},)], "expected a string as a name, got null"),
            "a surrogate": (HIGH, "a lone surrogate"),
            "a surrogate in a name": ({LOW: 1}, "a lone surrogate"),
            "501 arrays": (json.loads(nested(501)), TOO_DEEP),
            "501 objects": (json.loads(nested(501, of='{"a":', end="}")), TOO_DEEP),
            "a cycle": (CYCLE, TOO_DEEP),
            "a mock of a dict": (MagicMock(spec=dict), "expected a JSON value, got MagicMock"),
            "a mock of a list": ([MagicMock(spec=list)], "expected a JSON value, got MagicMock"),
            "a mock as a name": ({MagicMock(spec=str): 1}, "expected a string as a name, got MagicMock"),
        }
    ),
)
def test_format_json_rejects_what_is_not_i_json(value: Any, reason: str) -> None:
    assert str(refusal(format_json, value)) == f"JSON: {i_json(reason)}"


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
        assert refusal(parse_json, document).reason == i_json(TOO_DEEP)


def test_depth_is_bounded_in_unknown_members_too() -> None:
    assert GpuInfo.from_json(json_of_gpu(unknown=nested(499))) == SAMPLES[GpuInfo]
    assert refusal(GpuInfo.from_json, json_of_gpu(unknown=nested(500))).reason == i_json(TOO_DEEP)


def test_no_depth_overflows_the_stack_of_a_small_thread() -> None:
    script = f"""
import sys, threading
from pool_registry_types import ValidationError, format_json, parse_json

def parse():
    for start in "[", '{{"a":', '["[",':
        for depth in 9000, 10**6:
            try:
                parse_json(start * depth)
            except ValidationError as error:
                print(error)
    assert format_json(parse_json({nested(500)!r})) == {nested(500)!r}

    deep = []
    for _ in range(10**5):
        deep = [deep]
    try:
        format_json(deep)
    except ValidationError as error:
        print(error)
    while deep:  # CPython 3.13 overflows this stack if it frees the whole list at once
        deep = deep.pop()

sys.setrecursionlimit(10**6)
threading.stack_size(512 * 1024)
thread = threading.Thread(target=parse)
thread.start()
thread.join()
"""
    done = helpers.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"JSON: {i_json(TOO_DEEP)}\n" * 7
