"""How messages are written and read, and which are rejected."""

import json
import sys
from collections import ChainMap, OrderedDict, UserDict, defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from types import MappingProxyType
from typing import Any
from unittest.mock import MagicMock

import pytest
from hypothesis import given
from hypothesis import strategies as st

import helpers
import pool_registry_types
from fields import (
    FIELDS,
    HIGH,
    LOW,
    MESSAGES,
    MISSING,
    SAMPLES,
    VALUES,
    LyingString,
    WireClass,
    classes,
    every_field,
    i_json,
    invalid_objects,
    reason,
)
from helpers import clear, rejection, replace, with_unknown_fields, without
from pool_registry_types import GpuInfo, HealthState, NodeCapabilities, NodeInfo, NodeStatus, format_json, parse_json
from reference import json_of

TOO_DEEP = "nested more than 500 levels deep"
GPU, CAPABILITIES, NODE = MESSAGES[GpuInfo], MESSAGES[NodeCapabilities], MESSAGES[NodeInfo]


@classes
@given(data=st.data())
def test_instances_round_trip(cls: WireClass, data: st.DataObject) -> None:
    value = data.draw(VALUES[cls])
    message, text = value.to_dict(), value.to_json()
    again = cls.from_dict(message)
    assert value == again == cls.from_json(text)
    assert value == cls.from_json(text.encode()) == cls.from_json(bytearray(text.encode()))
    assert text == json_of(message) == format_json(message)
    assert repr(parse_json(text)) == repr(message)  # repr tells an enum from a str, and a tuple from a list
    clear(message)  # to show that the instances keep no part of it
    assert (again, value.to_json()) == (value, text)


WIRE = Path(__file__).parent / "wire"
SAMPLE_MESSAGES = sorted(path for cls in FIELDS for path in WIRE.glob(f"{cls.__name__}-*.json"))


@pytest.mark.parametrize("path", SAMPLE_MESSAGES, ids=[path.stem for path in SAMPLE_MESSAGES])
def test_a_message_from_serde_is_written_back_byte_for_byte(path: Path) -> None:
    cls = getattr(pool_registry_types, path.name.partition("-")[0])
    cut = path.with_stem(f"{path.stem}-cut")  # if serde wrote nanoseconds, the same message without them
    expected = cut if cut.exists() else path
    assert cls.from_json(path.read_bytes()).to_json().encode() == expected.read_bytes()


def test_every_node_status_has_a_sample_message() -> None:
    assert {json.loads(path.read_bytes()) for path in WIRE.glob("NodeStatus-*.json")} == {*NodeStatus}


@classes
def test_unknown_fields_are_ignored(cls: WireClass) -> None:
    message = with_unknown_fields(MESSAGES[cls])
    assert cls.from_dict(message) == cls.from_json(json.dumps(message)) == SAMPLES[cls]


@every_field
def test_field_names_are_exact(cls: WireClass, name: str) -> None:
    words = name.title().replace("_", "")
    fullwidth = chr(ord(name[0]) + 0xFEE0) + name[1:]  # Unicode normalizes this to the name
    near = {name.upper(), words, name[0] + words[1:], name.replace("_", "-"), name.replace("_", ""), fullwidth}
    near |= {f"_{name}", f" {name}", f"{name}\0", f"{name}s", name[:-1], name.replace("e", "\u0435")}
    for other in near - {name}:
        message = {other if key == name else key: value for key, value in MESSAGES[cls].items()}
        if FIELDS[cls][name].startswith("opt "):
            assert getattr(cls.from_dict(message), name) is None, other
        else:
            assert str(rejection(cls.from_dict, message)) == f"{cls.__name__}.{name}: {MISSING}", other


@every_field
def test_a_field_may_be_absent_or_null_only_if_it_is_optional(cls: WireClass, name: str) -> None:
    absent, null = without(name, MESSAGES[cls]), MESSAGES[cls] | {name: None}
    for message in absent, null:
        before = json_of(message)
        if FIELDS[cls][name].startswith("opt "):
            assert cls.from_dict(message).to_dict() == null
        else:
            assert rejection(cls.from_dict, message).path == (name,)
        assert json_of(message) == before  # reading does not change the message, not even its order


@classes
def test_only_an_object_is_accepted(cls: WireClass) -> None:
    for message, why in invalid_objects(MESSAGES[cls], SAMPLES[cls]).values():
        error = rejection(cls.from_dict, message)
        assert (str(error), error.path) == (f"{cls.__name__}: {why}", ())
    assert str(rejection(cls.from_json, "null")) == f"{cls.__name__}: {reason('object', 'null')}"


@pytest.mark.parametrize("kind", [OrderedDict, ChainMap, UserDict, MappingProxyType])
def test_any_mapping_is_accepted_as_an_object(kind: Any) -> None:
    assert GpuInfo.from_dict(kind(GPU)) == SAMPLES[GpuInfo]
    capabilities = kind(CAPABILITIES | {"gpus": [kind(GPU)]})
    assert NodeInfo.from_dict(NODE | {"capabilities": capabilities}) == SAMPLES[NodeInfo]


def test_a_defaultdict_does_not_supply_missing_fields() -> None:
    assert GpuInfo.from_dict(defaultdict(int, GPU)) == SAMPLES[GpuInfo]
    message = defaultdict(int, without("device_id", GPU))
    assert str(rejection(GpuInfo.from_dict, message)) == f"GpuInfo.device_id: {MISSING}"


class Broken(UserDict[Any, Any]):
    """A mapping that raises an exception, as one that reads from a lost connection would."""

    def __getitem__(self, error: Any) -> Any:
        raise error


@pytest.mark.parametrize("error", [ConnectionError(), KeyError("device_id"), KeyError(), ValueError(), TypeError()])
def test_an_exception_raised_by_a_mapping_passes_through(error: Exception) -> None:
    broken = Broken({error: 0})
    for message in broken, NODE | {"capabilities": {"gpus": [broken]}}:
        with pytest.raises(type(error)) as caught:
            NodeInfo.from_dict(message)
        assert caught.value is error


def test_threads_do_not_interfere_with_each_other() -> None:
    # Messages are so long that threads switch while one is read or written, and each thread has different ones.
    start = Barrier(4)

    def exchange(number: int) -> None:
        pools, gpu = [f"pool-{number}-{index}" for index in range(2000)], replace(GpuInfo, device_id=number)
        node = replace(NodeInfo, pools=pools, capabilities=NodeCapabilities(gpus=(gpu,) * 2000))
        message, text = node.to_dict(), json_of(node.to_dict())
        bad = message | {"pools": [*["pool"] * number, number]}
        start.wait(60)
        for _ in range(5):
            assert NodeInfo.from_dict(message) == NodeInfo.from_json(text) == node
            assert (node.to_dict(), node.to_json(), format_json(message)) == (message, text, text)
        for _ in range(500):
            assert rejection(NodeInfo.from_dict, bad).path == ("pools", number)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            assert [*threads.map(exchange, range(4), timeout=60)] == [None] * 4
    finally:
        sys.setswitchinterval(interval)


# JSON.


def json_of_gpu(**changes: str) -> str:
    """The JSON text of a GpuInfo, with the JSON text of some fields replaced or added."""
    values = {name: json.dumps(value) for name, value in GPU.items()} | changes
    return "{" + ",".join(f'"{name}":{text}' for name, text in values.items()) + "}"


@pytest.mark.parametrize(
    ("field", "text", "why"),
    [
        ("device_id", "1e0", reason("u64", "1.0")),
        ("name", r'"\ud83d"', reason("no surrogates", r"'\ud83d'")),  # one surrogate of a pair
        ("name", r'"\udca1\ud83d"', reason("no surrogates", r"'\udca1\ud83d'")),  # in the wrong order
    ],
)
def test_json_text_for_an_invalid_value_is_rejected(field: str, text: str, why: str) -> None:
    assert str(rejection(GpuInfo.from_json, json_of_gpu(**{field: text}))) == f"GpuInfo.{field}: {why}"


EMPTY, STARTS_WITH, EXTRA = "the message is empty", "the message starts with a ", "Extra data: line "
NO_NAME = "Expecting property name enclosed in double quotes: line "
LONG_NAME = "a" * 99


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ("", EMPTY),
        (b"", EMPTY),
        (" \r\n\t", EMPTY),
        ("\xa0", "Expecting value: line 1 column 1 (char 0)"),  # whitespace in Python, but not in JSON
        ("\0{}", f"{STARTS_WITH}NUL"),
        ("\ufeff{}", f"{STARTS_WITH}byte-order mark"),
        (b"\xef\xbb\xbf{}", f"{STARTS_WITH}byte-order mark"),
        ('{"a":1} X', f"{EXTRA}1 column 9 (char 8)"),
        (' \n{"a":1}\t\n x', f"{EXTRA}3 column 2 (char 12)"),
        ("{} {}", f"{EXTRA}1 column 4 (char 3)"),
        ("{}\x0b", f"{EXTRA}1 column 3 (char 2)"),  # a vertical tab, which Python strips
        ("{'a': 0}", f"{NO_NAME}1 column 2 (char 1)"),
        ('{"name": "\n"}', "Invalid control character at: line 1 column 11 (char 10)"),
        ("{}".encode("utf-16"), "not UTF-8: invalid start byte at index 0"),
        (b'{"a": "\xed\xa0\x80"}', "not UTF-8: invalid continuation byte at index 7"),  # a surrogate
        ('{"a":NaN}', "NaN is not valid JSON"),
        ("[-Infinity]", "-Infinity is not valid JSON"),
        ('{"a":0,"b":[{"b":1,"a":1,"a":1}]}', "duplicate key 'a'"),
        (r'{"a":0,"\u0061":0}', "duplicate key 'a'"),
        (f'{{"{LONG_NAME}":0,"{LONG_NAME}":0}}', f"duplicate key '{'a' * 59}…"),
        pytest.param("9" * 4301, "an integer of more than 4300 digits", id="many digits"),
        pytest.param("[" * 10**5, TOO_DEEP, id="many brackets"),
    ],
)
def test_text_that_is_not_i_json_is_rejected(message: Any, why: str) -> None:
    error = rejection(GpuInfo.from_json, message)
    assert (str(error), error.path) == (f"GpuInfo: {i_json(why)}", ())
    assert str(rejection(parse_json, message)) == f"JSON: {i_json(why)}"


@pytest.mark.parametrize(
    ("value", "kind"), [(None, "None"), (True, "bool"), ({}, "dict"), (memoryview(b"{}"), "memoryview")]
)
def test_only_str_bytes_and_bytearray_are_parsed(value: Any, kind: str) -> None:
    why = f"expected str, bytes or bytearray, got {kind}"
    assert str(rejection(GpuInfo.from_json, value)) == f"GpuInfo: {why}"
    assert str(rejection(parse_json, value)) == f"JSON: {why}"


def test_str_and_bytes_subclasses_are_accepted() -> None:
    text, other_bytes = json.dumps(GPU), type("OtherBytes", (bytes,), {})
    assert GpuInfo.from_json(LyingString(text)) == GpuInfo.from_json(other_bytes(text.encode())) == SAMPLES[GpuInfo]


@pytest.mark.parametrize(
    ("message", "value"),
    [
        ("\t -0\r\n", 0),
        (r'"\u00e9\/\b\f\n\r\t\u0000"', "é/\b\f\n\r\t\0"),
        ("null", None),
        (b' [1, "a", {"b": 1.5}] ', [1, "a", {"b": 1.5}]),
        (bytearray(b"true"), True),
        (r'"\\ud800 \ud83d\udca1"', r"\ud800 💡"),  # an escaped backslash, not an escaped surrogate
        ("[1e308, -0.5, 1E-400]", [1e308, -0.5, 0.0]),
        pytest.param('"' + "[" * 600 + '"', "[" * 600, id="a string of brackets"),
    ],
)
def test_parse_json_reads_i_json(message: Any, value: Any) -> None:
    assert parse_json(message) == value


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (r'"\ud800"', "a lone surrogate"),
        (r'[{"a": {"\uDFFF": 1}}]', "a lone surrogate"),
        (f'"{HIGH}"', "a lone surrogate"),
        ("1e400", "a number that overflows a double"),
        ('{"a": [-1E+309]}', "a number that overflows a double"),
        pytest.param("9" * 309 + ".0", "a number that overflows a double", id="309 digits and a fraction"),
    ],
)
def test_parse_json_checks_values_that_from_json_ignores_in_unknown_fields(message: str, why: str) -> None:
    assert str(rejection(parse_json, message)) == f"JSON: {i_json(why)}"
    assert GpuInfo.from_json(json_of_gpu(unknown=message)) == SAMPLES[GpuInfo]


def test_parse_json_without_the_c_accelerator_is_just_as_strict() -> None:
    # json in pure Python accepts signs and spaces in escapes, and digits of other scripts outside strings.
    script = """
import sys
sys.modules["_json"] = None
from pool_registry_types import ValidationError, parse_json
for text in sys.argv[1:]:
    try:
        print(ascii(parse_json(text)))
    except ValidationError as error:
        print(error.reason.partition(":")[0])
"""
    accepted, rejected = r'["\u0041\\u+041\"[", "५", -10.5e1]', [r'"\u+041"', r'"\\\u 041"', "1५", "[1.५]", "1e५"]
    command = [sys.executable, "-c", script, accepted, *rejected]
    done = helpers.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == [r"""['A\\u+041"[', '\u096b', -105.0]"""] + ["not I-JSON"] * 5


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.00001, "1e-05"),
        ([1, 1.5, True, None], "[1,1.5,true,null]"),
        ("é💡/\x7f\x80\u2028\u2029\ufeff\uffff", '"é💡/\x7f\x80\u2028\u2029\ufeff\uffff"'),  # nothing to escape
        ('"\\\b\f\n\r\t\0\x1f', r'"\"\\\b\f\n\r\t\u0000\u001f"'),
        ({"b": {"a": ()}, "": []}, '{"b":{"a":[]},"":[]}'),
        ({"state": HealthState.READY, "n": 2**64}, '{"state":"Ready","n":18446744073709551616}'),
        (OrderedDict(z=1, a=2), '{"z":1,"a":2}'),
    ],
)
def test_format_json_writes_compact_text(value: Any, text: str) -> None:
    assert format_json(value) == text


CYCLE: list[Any] = []
CYCLE.append(CYCLE)


def nested(depth: int, *, of: str = "[", end: str = "]") -> str:
    return of * depth + "0" + end * depth


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (float("nan"), "NaN is not valid JSON"),
        ([float("-inf")], "-Infinity is not valid JSON"),
        pytest.param(10**5000, "an integer of more than 4300 digits", id="many digits"),
        ({"a": {1}}, "expected a JSON value, got set"),
        (SAMPLES[GpuInfo], "expected a JSON value, got GpuInfo"),
        (b"a", "expected a JSON value, got bytes"),
        ({"a": {1: 2}}, "expected a string as a key, got 1"),  # which json writes as "1"
        ([({None: 2},)], "expected a string as a key, got null"),
        (HIGH, "a lone surrogate"),
        ({LOW: 1}, "a lone surrogate"),
        pytest.param(json.loads(nested(501)), TOO_DEEP, id="501 arrays"),
        pytest.param(json.loads(nested(501, of='{"a":', end="}")), TOO_DEEP, id="501 objects"),
        (CYCLE, TOO_DEEP),
        (MagicMock(spec=dict), "expected a JSON value, got MagicMock"),
        ([MagicMock(spec=list)], "expected a JSON value, got MagicMock"),
        pytest.param(MagicMock(spec=str), "expected a JSON value, got MagicMock", id="a mock of a string"),
        ({MagicMock(spec=str): 1}, "expected a string as a key, got MagicMock"),
    ],
)
def test_format_json_rejects_values_that_i_json_cannot_hold(value: Any, why: str) -> None:
    assert str(rejection(format_json, value)) == f"JSON: {i_json(why)}"


@pytest.mark.parametrize(
    "levels",
    [
        pytest.param(nested(500), id="arrays"),
        pytest.param(nested(500, of='{"a":', end="}"), id="objects"),
        pytest.param(nested(250, of='[{"a":', end="}]"), id="both"),
        pytest.param(nested(500, of='["' + "[" * 9 + '",'), id="brackets in strings"),
        pytest.param(nested(500, of=r'["\"[",'), id="an escaped quote"),
        pytest.param(nested(500, of=r'["\\",'), id="a backslash at the end of a string"),
        pytest.param(nested(499, of="[[],{},"), id="empty arrays and objects beside each level"),
    ],
)
def test_at_most_500_levels_are_accepted(levels: str) -> None:
    assert format_json(parse_json(levels)) == levels
    for around in f"[{levels}]", f'{{"x":{levels}}}', f'["]",{levels}]':
        assert rejection(parse_json, around).reason == i_json(TOO_DEEP)


def test_unknown_fields_count_towards_the_depth() -> None:
    assert GpuInfo.from_json(json_of_gpu(unknown=nested(499))) == SAMPLES[GpuInfo]
    assert rejection(GpuInfo.from_json, json_of_gpu(unknown=nested(500))).reason == i_json(TOO_DEEP)


def test_no_depth_overflows_a_small_stack() -> None:
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
