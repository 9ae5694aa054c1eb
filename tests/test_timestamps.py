"""Timestamps: ISO 8601 in, what chrono writes out."""

import dataclasses
import itertools
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timezone
from functools import partial
from typing import Any

import pytest
from dateutil import tz
from hypothesis import given, settings
from hypothesis import strategies as st

import helpers
from fields import DOCUMENTS, HIGH, REFUSED_ARGUMENTS, REFUSED_MEMBERS, SAMPLES, day_99, reason
from helpers import refusal
from pool_registry_types import HealthStatus, _rfc3339, format_timestamp, parse_timestamp
from reference import moment_of
from strategies import moments, zones


def relay(text: str) -> str:
    return format_timestamp(parse_timestamp(text))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2025-10-01T08:51:30.1Z", "2025-10-01T08:51:30.100Z"),
        ("2025-10-01T08:51:30.000Z", "2025-10-01T08:51:30Z"),
        ("2025-10-01T08:51:30.123000Z", "2025-10-01T08:51:30.123Z"),
        # Cut, never rounded.
        ("2025-10-01T08:51:30.123456789Z", "2025-10-01T08:51:30.123456Z"),
        ("2025-10-01T08:51:30.999999999Z", "2025-10-01T08:51:30.999999Z"),
        ("2025-10-01T08:51:30.0000009Z", "2025-10-01T08:51:30Z"),
        ("2025-10-01T08:51:30." + "9" * 1000 + "Z", "2025-10-01T08:51:30.999999Z"),
        # Offsets.
        ("2025-10-01T10:51:30+02:00", "2025-10-01T08:51:30Z"),
        ("2025-10-01T10:51:30+0200", "2025-10-01T08:51:30Z"),
        ("2025-10-01T10:51:30+02", "2025-10-01T08:51:30Z"),
        ("2025-10-01T10:51:30.1+02:00", "2025-10-01T08:51:30.100Z"),
        ("2025-10-01T08:51:30-00:00", "2025-10-01T08:51:30Z"),
        ("2025-10-01T03:21:30.123456789-05:30", "2025-10-01T08:51:30.123456Z"),
        ("2025-10-01T23:59:00+23:59", "2025-10-01T00:00:00Z"),
        # Other spellings.
        ("2025-10-01t08:51:30z", "2025-10-01T08:51:30Z"),
        ("2025-10-01 08:51:30Z", "2025-10-01T08:51:30Z"),
        ("20251001T085130Z", "2025-10-01T08:51:30Z"),
        ("20251001T085130.25+0000", "2025-10-01T08:51:30.250Z"),
        ("2025-10-01T08:51:30,5Z", "2025-10-01T08:51:30.500Z"),
        ("2025-10-01T08:51Z", "2025-10-01T08:51:00Z"),
        ("2025-10-01T08Z", "2025-10-01T08:00:00Z"),
        ("2025-274T08:51:30Z", "2025-10-01T08:51:30Z"),
        ("2025274 08:51:30Z", "2025-10-01T08:51:30Z"),
        ("2025-W40-3T08:51:30Z", "2025-10-01T08:51:30Z"),
        ("2025W403T085130Z", "2025-10-01T08:51:30Z"),
        ("2020-W53-5T08:51Z", "2021-01-01T08:51:00Z"),
        # Midnight at the end of a day.
        ("2025-10-01T24:00:00Z", "2025-10-02T00:00:00Z"),
        ("2025-12-31T24:00:00.000+01:00", "2025-12-31T23:00:00Z"),
        # Leap seconds.
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999999Z"),
        ("2016-12-31T23:59:60.000000001Z", "2016-12-31T23:59:59.999999Z"),
        ("2016-12-31T15:59:60.5-08:00", "2016-12-31T23:59:59.999999Z"),
        ("2017-01-01T05:29:60+05:30", "2016-12-31T23:59:59.999999Z"),
        ("2016W526T235960,5+0000", "2016-12-31T23:59:59.999999Z"),
        ("9999-12-31T23:59:60Z", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_every_spelling_is_written_as_chrono_writes_it(text: str, written: str) -> None:
    assert relay(text) == written
    assert moment_of(text) == datetime.fromisoformat(written)


# What is near a timestamp, and the oracle of the grammar says whether it is one.

NEAR: dict[str, list[str]] = {
    "date": [
        *("2025-10-01", "20251001", "2025-274", "2025274", "2025-W40-3", "2025W403", "2020-W53-5"),
        *("2024-02-29", "2024-366", "0001-01-01", "9999-12-31", "9999-W52-5", "2016-06-30", "2016-11-29"),
        # No day, or another form.
        *("", "2025", "2025-10", "202510", "2025-W40", "2025W40", "2025W40-3", "2025-W403", "2025-w40-3", "2025-1001"),
        *("202510-01", "2025-1-01", "2025-10-1", "2025-1-1", "25-10-01", "--10-01", "2025/10/01", "2025_10_01", "now"),
        *("+2025-10-01", "-2025-10-01", "2025-10- 1", "2025-+1-01", "2025-1_-01", " 2025-10-01", "\ufeff2025-10-01"),
        *("\u0662\u0660\u0662\u0665-10-01", "2025\u221210\u221201", "20251001\0", "2025-10-01-"),
        # No such day.
        *("2025-13-01", "2025-00-10", "2025-10-00", "2025-10-32", "2025-02-29", "2025-366", "2025-000", "2025-W53-1"),
        *("2025-W00-1", "2025-W54-1", "2024W531", "2025-W40-8", "2025-W40-0", "9999-W52-6"),
        *("0000-12-31", "-0001-01-01", "10000-01-01", "+10000-01-01"),
    ],
    "separator": ["T", "t", " ", "", "  ", "_", "\t", "\x0b", "\n", "\r", "\xa0", "\0", "X", "TT", "T ", "/", "\u0422"],
    "clock": [
        *("08:51:30", "085130", "08:51", "0851", "08", "00:00:00", "23:59:59.9"),
        *("24:00:00", "240000", "24:00", "2400", "24", "24:00:01", "24:01", "24:00:60", "25:00:00", "25"),
        *("23:59:60", "235960", "23:58:60", "22:59:60", "00:59:60", "00:00:60", "08:51:60", "08:60:00", "23:59:61"),
        *("", "8", "8:51:30", "08:5", "08:51:3", "08:5130", "0851:30", "08:51:", "08:51:30:00", "08510021", "08 51 30"),
        *("08.5", "08,5", "08:51.30", "0851.30", "08:51.5", "0851,5", "08-51-30", "08:51:30:123", "08:51:30:123456"),
        *("-8:51:30", "+8:51:30", " 8:51:30", "08: 1:30", "08:51:3\uff10", "08Z\0x:yy", "08Z\x001:30"),
    ],
    "fraction": [
        *("", ".5", ",5", ".000", ".0000000", ".123456", ".123456789", ".9999999", ".0000001", "." + "1" * 1000),
        *(".", ",", ".1.2", ".,1", "..5", ".5 ", ". 5", ".+1", ".+12", ".-1", ".1_2", ".1234567x9", ".123456:89", ":5"),
        *(".\u0663", ".12345678\u0663", ".1234Z\0", ".12Z\0ab", "." + "1" * 1001),
    ],
    "offset": [
        *("Z", "z", "+02:00", "+0200", "+02", "-08:00", "-07:30", "+00:00", "-00:00", "+23:59", "-23:59", "+00:01"),
        *("", "+24:00", "-24", "+02:60", "+2", "+2:00", "+02:0", "+020", "+02:", "+:00", "+", "-00:01:00"),
        *("+02:00:00", "+020000", "+02:00:30", "+02:00.5", "+02.00", "+02:00:00.5", "+0200:00"),
        *("ZZ", "Z ", "Z\n", "Z\0", "\0Z", "Zx", " Z", " +02:00", "UTC", " UTC", "GMT", "Z[UTC]", "Z+02:00", "+02:00Z"),
        *("\u221202:00", "+-2:00", "++02", "+ 2:00", "+\uff10\uff12:00", "Z" + HIGH, HIGH),
    ],
}
PLAIN = ["2025-10-01", "T", "08:51:30", "", "Z"]


def near_timestamps() -> Iterator[str]:
    """Timestamps of which any two parts are any of these."""
    for (first, some), (second, others) in itertools.combinations(enumerate(NEAR.values()), 2):
        for one, other in itertools.product(some, others):
            parts = PLAIN.copy()
            parts[first], parts[second] = one, other
            yield "".join(parts)


def assert_read_as_the_grammar_says(text: str) -> None:
    moment = moment_of(text)
    if moment is None:
        assert refusal(parse_timestamp, text).reason.startswith(reason("timestamp", "'")), text
    else:
        parsed = parse_timestamp(text)
        assert (parsed, parsed.tzinfo, type(parsed), parsed.fold) == (moment, UTC, datetime, 0), text


def test_any_two_odd_parts_are_read_as_the_grammar_says() -> None:
    texts = {*near_timestamps()}
    for text in texts:
        assert_read_as_the_grammar_says(text)
    assert 600 < sum(moment_of(text) is not None for text in texts) < len(texts) / 10


@given(st.tuples(*(st.sampled_from(parts) for parts in NEAR.values())))
@settings(max_examples=300)
def test_odd_parts_are_read_as_the_grammar_says(parts: tuple[str, ...]) -> None:
    assert_read_as_the_grammar_says("".join(parts))


@given(moments, zones, st.data())
@settings(max_examples=200)
def test_a_timestamp_with_an_edit_is_read_as_the_grammar_says(
    moment: datetime, zone: timezone, data: st.DataObject
) -> None:
    text = moment.replace(tzinfo=zone).isoformat()
    start = data.draw(st.integers(0, len(text)))
    inserted = data.draw(st.text("0123456789-:.,+TtZzW \t\x0b\0\u0663", max_size=2))
    assert_read_as_the_grammar_says(text[:start] + inserted + text[start + data.draw(st.integers(0, 2)) :])


@pytest.mark.parametrize(
    ("text", "is_read"),
    [
        ("0001-01-01T00:00:00+00:01", False),
        ("0001-01-01T00:01:00+00:01", True),
        ("9999-12-31T23:59:59-00:01", False),
        ("9999-12-31T23:58:59-00:01", True),
        ("9999-12-31T24:00:00Z", False),
        ("9999-12-31T24:00:00+01:00", False),
        ("2025-10-00T24:00:00Z", False),
        ("2025-00-00T24:00:00Z", False),
        ("0000-12-31T24:00:00Z", False),
        ("2025-10-00T24:00:00.000+02:00", False),
        ("2025-02-28T24:00:00,0Z", True),
        ("9999-12-30T24:00:00Z", True),
        ("9999-12-31T15:59:60-08:01", False),
        ("9999-12-31T15:59:60-08:00", True),
        ("2016-12-31T23:59:60+01:00", False),
        ("2016-11-30T00:59:60+01:00", True),
    ],
)
def test_the_ends_of_time_and_of_a_day(text: str, is_read: bool) -> None:
    assert (moment_of(text) is not None) is is_read
    assert_read_as_the_grammar_says(text)


RFC_3339 = [
    f"2025-10-01{separator}08:51:30{fraction}{offset}"
    for separator in "Tt "
    for fraction in ("", ".1", ".12", ".120", ".123456", ".123456789", "." + "1" * 1000)
    for offset in ("Z", "z", "+00:00", "-00:00", "+02:00", "-07:30", "+23:59")
]


@pytest.mark.parametrize("text", RFC_3339)
def test_rfc_3339_is_read_without_dateutil(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(_rfc3339, "isoparse", None)
    assert parse_timestamp(text) == moment_of(text)


@pytest.mark.parametrize(
    "text",
    [
        *("2025-10-01T08:51:30Z", "2025-10-01T08:51:30.123456789+02:00", "2025-W40-3T08:51:30Z", "20251001T24Z"),
        *("2016-12-31T23:59:60Z", "1_23-08-15T00:00:00Z", "2123-08-1\u096bT00:00:00Z", "+123-08-15T00:00:00Z"),
        *("2123-08-1\u096bT00:00:00+00:00", "1_23-08-15T00:00:00+00:00", "2025-10-00T24:00:00Z"),
    ],
)
def test_datetime_in_python_accepts_no_more(text: str) -> None:
    script = f"""
import sys
sys.modules["_datetime"] = sys.modules["_zoneinfo"] = None
from pool_registry_types import ValidationError, parse_timestamp
try:
    print(parse_timestamp({text!r}))
except ValidationError:
    print(None)
"""
    done = helpers.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout == f"{moment_of(text)}\n"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="subinterpreters are isolated from CPython 3.12 on")
def test_an_isolated_subinterpreter_imports_the_package_and_reads() -> None:
    # That of CPython 3.12 cannot import zoneinfo without help, and python-dateutil 4 imports it.
    within = f"""
import sys
sys.path[:] = {sys.path!r}
if sys.version_info < (3, 13):
    sys.modules["_zoneinfo"] = None
from pool_registry_types import HealthStatus
print(HealthStatus.from_dict({DOCUMENTS[HealthStatus]}).to_json(), flush=True)
"""
    script = f"""
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
subinterpreter = interpreters.create()
print(interpreters.run_string(subinterpreter, {within!r}))
interpreters.destroy(subinterpreter)
"""
    environment = {name: value for name, value in helpers.ENVIRONMENT.items() if not name.startswith("COVERAGE")}
    command = [sys.executable, "-c", script]
    done = helpers.run(command, check=False, capture_output=True, text=True, env=environment)
    assert (done.stdout, done.stderr) == (f"{SAMPLES[HealthStatus].to_json()}\nNone\n", "")


def test_no_zone_of_dateutil_is_asked_for() -> None:
    # Its cache has a lock, which a fork or a signal handler may leave held.
    with tz.tzoffset._cache_lock, ThreadPoolExecutor(1) as executor:  # type: ignore[attr-defined]  # noqa: SLF001
        parsed = executor.submit(parse_timestamp, "20251001T105130+0217").result(timeout=10)
    assert parsed == datetime(2025, 10, 1, 8, 34, 30, tzinfo=UTC)


@given(moments)
def test_a_moment_is_written_in_the_fewest_digits_that_lose_nothing(moment: datetime) -> None:
    text = relay(moment.isoformat())
    seconds = moment.replace(microsecond=0, tzinfo=None).isoformat()
    digits = f"{moment.microsecond:06}".removesuffix("000").removesuffix("000")
    assert text == (f"{seconds}.{digits}Z" if digits else f"{seconds}Z")
    assert parse_timestamp(text) == moment
    assert parse_timestamp(text).tzinfo is UTC


@pytest.mark.parametrize(
    ("use", "value", "reason"),
    [
        pytest.param(use, *case, id=f"{use.__name__} {what}")
        for use, refused in ((parse_timestamp, REFUSED_MEMBERS), (format_timestamp, REFUSED_ARGUMENTS))
        for what, case in refused["timestamp"].items()
    ],
)
def test_it_is_refused_as_that_of_a_field_is(use: Callable[[Any], Any], value: Any, reason: str) -> None:
    error = refusal(use, value)
    assert (error.type_name, error.path, error.reason) == ("Timestamp", (), reason)


@given(moments, zones)
def test_any_aware_datetime_is_written_in_utc(moment: datetime, zone: timezone) -> None:
    try:
        local = moment.astimezone(zone)
    except OverflowError:
        local = moment
    assert format_timestamp(local) == format_timestamp(moment) == relay(local.isoformat())


def test_an_impossible_datetime_is_rejected_when_it_is_written() -> None:
    # The constructor looks at the zone of a datetime in UTC, but not at its day: that would cost every message.
    impossible = day_99(UTC)
    status = dataclasses.replace(SAMPLES[HealthStatus], last_check=impossible)
    for write in partial(format_timestamp, impossible), status.to_dict, status.to_json:
        assert refusal(write).reason == reason("datetime", "2025-10-99T00:00:00+00:00")
