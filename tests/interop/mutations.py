"""Mutations: documents that are, or almost are, those of a value."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from random import Random
from typing import Any, TypeAlias

from pool_registry_types import HealthState

# JSON, as trees that can say what a dict cannot.


class Members(list[tuple[str, Any]]):
    """An object, in which a name may stand twice."""


class Raw(str):
    """JSON text to write as it stands; a number, when it was read."""

    __slots__ = ()


def parse(text: str) -> Any:
    return json.loads(text, object_pairs_hook=Members, parse_int=Raw, parse_float=Raw)


def write(node: Any) -> str:
    if isinstance(node, Raw):
        return node
    if isinstance(node, Members):
        return f"{{{','.join(f'{json.dumps(name)}:{write(item)}' for name, item in node)}}}"
    if isinstance(node, list):
        return f"[{','.join(map(write, node))}]"
    return json.dumps(node)


# Mutations of a tree. A place is a container and an index in it; the root stands in a list of its own.

_Place: TypeAlias = tuple[list[Any], int]

_LARGE = ["18446744073709551615", "18446744073709551616", "1E400", "9" * 5000]
_ODD = ["NaN", "Infinity", "-Infinity", "01", "+1", ".5", "1.", "0x1"]
_NUMBERS = [*map(Raw, ["0", *["-0"] * 3, "-1", "1.0", "1e0", "-0.0", *_LARGE, *_ODD])]
_PALETTE = [
    *_NUMBERS,
    *(None, True, "", "1", "Ready", "ready", "2025-10-01T08:51:30Z", [], ["pool-0"], ["Ready"], Members()),
    *(Members([(name, None)]) for name in ("Ready", "ready", "state")),
    Members([("x", Raw("1")), ("x", Raw("1"))]),
    [Members([("y", []), ("y", None)])],
    *map(Raw, ("[" * 600 + "]" * 600, "nul", "'a'", "")),
    *map(Raw, ('"\udcff"', '"\t"', '"é\u2028"')),  # \udcff is the byte 0xff
    *map(Raw, (r'"\ud800"', r'"\udc00\ud800"', r'"\ud83d\udca1"', r'"\u00e9"', r'"\x41"')),
]
_NAMES = ["x", "", "Node_id", "node_id ", "deviceId", "\ud800", "\0"]


def _places(container: list[Any]) -> Iterator[_Place]:
    for index in range(len(container)):
        yield container, index
        node = _at((container, index))
        if isinstance(node, list):
            yield from _places(node)


def _at(place: _Place) -> Any:
    container, index = place
    return container[index][1] if isinstance(container, Members) else container[index]


def _put(place: _Place, node: Any) -> None:
    container, index = place
    container[index] = (container[index][0], node) if isinstance(container, Members) else node


def _is_anything(_: _Place) -> bool:
    return True


def _is_member(place: _Place) -> bool:
    return isinstance(place[0], Members)


def _is_object(place: _Place) -> bool:
    return isinstance(_at(place), Members)


def _is_number(place: _Place) -> bool:
    return isinstance(_at(place), Raw)


def _is_state(place: _Place) -> bool:
    return _at(place) in [*HealthState]


def _is_timestamp(place: _Place) -> bool:
    try:
        return datetime.fromisoformat(_at(place)).tzinfo is not None
    except (TypeError, ValueError):
        return False


def _drop(_: Random, place: _Place) -> None:
    container, index = place
    del container[index]


def _double(rng: Random, place: _Place) -> None:
    container, index = place
    container.insert(rng.randint(0, len(container)), container[index])


def _rename(rng: Random, place: _Place) -> None:
    container, index = place
    container[index] = (rng.choice((*_NAMES, rng.choice(container)[0])), container[index][1])


def _retype(rng: Random, place: _Place) -> None:
    _put(place, rng.choice(_PALETTE))


def _renumber(rng: Random, place: _Place) -> None:
    _put(place, rng.choice(_NUMBERS))


def _shuffle(rng: Random, place: _Place) -> None:
    rng.shuffle(place[0])


def _add(rng: Random, place: _Place) -> None:
    container, index = place
    container.insert(index, (rng.choice(_NAMES), rng.choice(_PALETTE)))


def _as_array(_: Random, place: _Place) -> None:
    _put(place, [item for _, item in _at(place)])


def _as_object(_: Random, place: _Place) -> None:
    _put(place, Members([(_at(place), None)]))


def _respell(rng: Random, place: _Place) -> None:
    _put(place, _spelling(rng, datetime.fromisoformat(_at(place))))


_MUTATIONS: list[tuple[Callable[[Random, _Place], None], Callable[[_Place], bool]]] = [
    (_drop, _is_anything),
    (_double, _is_anything),
    (_rename, _is_member),
    (_retype, _is_anything),
    (_shuffle, _is_anything),
    *[(_add, _is_member)] * 3,
    (_renumber, _is_number),
    (_as_array, _is_object),
    (_as_object, _is_state),
    *[(_respell, _is_timestamp)] * 12,
]


def _spelling(rng: Random, moment: datetime) -> str:
    """Spell a timestamp in a way that ISO 8601, RFC 3339 or chrono knows, or that none of them knows."""
    year, month, day, week = moment.year, moment.month, moment.day, moment.isocalendar()
    hour, minute, second = moment.hour, moment.minute, moment.second
    dates = [
        *(f"{year:04}{month:02}{day:02}", f"{year:04}-{moment:%j}", f"{year:04}{moment:%j}"),
        *(f"{week.year:04}-W{week.week:02}-{week.weekday}", f"{week.year:04}W{week.week:02}{week.weekday}"),
        *(f"{year:04}-{month}-{day}", f"{year}-{month:02}-{day:02}", f"{year:04}- {month:02} -\t{day:02}"),
        *(f"{sign}{year:04}-{month:02}-{day:02}" for sign in ("+", "-", " ", "1", "+1")),
        *("0000-12-31", "0001-01-01", "9999-12-31", "2025-02-29", "2024-02-29", "2025-00-01", "2025-13-01"),
    ]
    clocks = [
        *(f"{hour:02}{minute:02}{second:02}", f"{hour:02}:{minute:02}", f"{hour:02}", f"{hour:02}{minute:02}"),
        *(f"{hour}:{minute}:{second}", f" {hour:02} : {minute:02}:\u00a0{second:02}", f"{hour:02}:{minute:02}00"),
        *("24:00:00", "240000", "24:00", "24:00:01", "08:51:61", "08:60:00"),
        *("23:59:60", "23:59:60", "23:59:60", "235960", "15:59:60", "01:59:60", "00:29:60", "08:51:60"),
    ]
    fractions = [
        *(".1", ".120", ".123456", ".123456789", ".000000999", f".{'1' * 12}", f".{'1' * 1001}", ".0", ",5", ".", ".1 ")
    ]
    offsets = [
        *("z", "+00:00", "-00:00", "+02:00", "-0800", "-08:00", "+00:30", "+23:59", "-23:59", "+02", "-08", ""),
        *("+24:00", "+02:60", "+9900", "+2:00", "UTC", "utc", " Z", "Z ", "+02 00", "+02::00", "+02:00:30"),
    ]
    parts = [
        (f"{year:04}-{month:02}-{day:02}", dates),
        ("T", ["t", " ", "  ", "", "_"]),
        (f"{hour:02}:{minute:02}:{second:02}", clocks),
        ("", fractions),
        ("Z", offsets),
    ]
    text = "".join(rng.choice(others) if rng.randrange(3) == 0 else common for common, others in parts)
    if rng.randrange(4) == 0:
        index = rng.randint(0, len(text))
        text = text[:index] + rng.choice(("", *"0123456789+-:.,TtZzW \u0661\u2212")) + text[index + rng.randrange(2) :]
    return text


# Mutations of the text.

_BYTES = [bytes([byte]) for byte in b'{}[]":,\\0123456789.-+eEuntrfal /\r\n\t\0\x1f\x7f\x80\xc3\xed\xff']
_BYTES += [b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xc3\xa9", b"\\ud83d", b"//", b"\x0c"]


def _mutate_bytes(rng: Random, document: bytes) -> bytes:
    index = rng.randrange(len(document) + 1)
    head, tail = document[:index], document[index:]
    match rng.randrange(5):
        case 0:
            return head + rng.choice(_BYTES) + tail
        case 1:
            return head + tail[1:]
        case 2:
            return head + bytes([tail[0] ^ 1 << rng.randrange(8)]) + tail[1:] if tail else head
        case 3:
            return head + rng.choice(_BYTES) + tail[1:]
        case _:
            return head + tail[rng.randrange(8) :]


def mutated(rng: Random, text: str) -> bytes:
    """Change none, one or a few things of a document."""
    root = [parse(text)]
    for _ in range(rng.choice((0, 1, 1, 1, 2))):
        mutate, is_wanted = rng.choice(_MUTATIONS)
        if places := [place for place in _places(root) if is_wanted(place)]:
            mutate(rng, rng.choice(places))
    document = "".join(map(write, root)).encode(errors="surrogateescape")
    for _ in range(rng.choice((0, 0, 0, 0, 1, 2))):
        document = _mutate_bytes(rng, document)
    return document
