"""Timestamps: any form of ISO 8601 is read, and chrono's form is written."""

import contextlib
import sys
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from dateutil import tz
from hypothesis import given
from hypothesis import strategies as st

import helpers
from fields import MESSAGES, REJECTED_ARGUMENTS, REJECTED_VALUES, SAMPLES, reason
from helpers import rejection
from interop.mutations import unusual_timestamps
from pool_registry_types import HealthStatus, Timestamp, ValidationError, _rfc3339, format_timestamp, parse_timestamp
from reference import moment_of

moments: st.SearchStrategy[datetime] = st.from_type(Timestamp)
zones = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def relay(text: str) -> str:
    return format_timestamp(parse_timestamp(text))


def assert_read_as_the_grammar_demands(text: str) -> None:
    moment = moment_of(text)
    if moment is None:
        assert rejection(parse_timestamp, text).reason.startswith(reason("timestamp", "'")), text
    else:
        parsed = parse_timestamp(text)
        assert (parsed, parsed.tzinfo, type(parsed), parsed.fold) == (moment, UTC, datetime, 0), text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        # The fraction has 0, 3 or 6 digits, as few as possible, as chrono writes it.
        ("2025-10-01T08:51:30.1Z", "2025-10-01T08:51:30.100Z"),
        # Digits past the microsecond are cut, never rounded, so a relayed timestamp never looks newer.
        ("2025-10-01T08:51:30.123456789Z", "2025-10-01T08:51:30.123456Z"),
        ("2025-10-01T03:21:30.999999999-05:30", "2025-10-01T08:51:30.999999Z"),
        ("2025-10-01T08:51:30." + "9" * 1000 + "Z", "2025-10-01T08:51:30.999999Z"),
        # Timestamps are written in UTC.
        ("2025-10-01T10:51:30+02:00", "2025-10-01T08:51:30Z"),
        ("2025-10-01T10:51:30+02", "2025-10-01T08:51:30Z"),
        ("2025-10-01T08:51:30-00:00", "2025-10-01T08:51:30Z"),
        # The notes in RFC 3339 allow lower case, and a space in place of the T.
        ("2025-10-01t08:51:30z", "2025-10-01T08:51:30Z"),
        ("2025-10-01 08:51:30Z", "2025-10-01T08:51:30Z"),
        # ISO 8601 has the basic form, a decimal comma, ordinal and week dates, and times to the minute or the hour.
        ("20251001T085130Z", "2025-10-01T08:51:30Z"),
        ("2025-10-01T08:51:30,5Z", "2025-10-01T08:51:30.500Z"),
        ("2025-274T08:51Z", "2025-10-01T08:51:00Z"),
        ("2020-W53-5T08Z", "2021-01-01T08:00:00Z"),
        # 24:00 is the end of a day.
        ("2025-10-01T24:00:00Z", "2025-10-02T00:00:00Z"),
        ("2025-02-28T24:00:00,0Z", "2025-03-01T00:00:00Z"),
        # Leap seconds are at 23:59:60 UTC. Python has none, so they are read as the last microsecond before.
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999999Z"),
        ("2016-12-31T15:59:60.5-08:00", "2016-12-31T23:59:59.999999Z"),
        ("2016W526T235960,5+0000", "2016-12-31T23:59:59.999999Z"),
        ("9999-12-31T15:59:60-08:00", "9999-12-31T23:59:59.999999Z"),
        # The first and the last moment, in UTC.
        ("0001-01-01T00:01:00+00:01", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:58:59-00:01", "9999-12-31T23:59:59Z"),
    ],
)
def test_timestamps_are_written_as_chrono_writes_them(text: str, written: str) -> None:
    assert relay(text) == written
    assert moment_of(text) == datetime.fromisoformat(written)


@pytest.mark.parametrize(
    "text",
    [
        "0000-12-31T08:51:30Z",  # the years are 1 to 9999
        "0001-01-01T00:00:00+00:01",  # in UTC, too
        "9999-12-31T23:59:59-00:01",
        "9999-12-31T24:00:00+01:00",  # hour 24 is read as the next day, which does not exist
        "9999-12-31T15:59:60-08:01",
        "2025-10-00T24:00:00.000+02:00",  # there is no day 0, but fromisoformat of Python 3.14 accepts it
        "2025-10-01T08:51:60Z",  # not the time of a leap second
        "2025-10-01T08:51:30",  # no offset
        "2025-10-01T08:51:30+02:60",  # Python would add the minutes to the hours
        "2025-10-01T08:51:30." + "1" * 1001 + "Z",  # more than 1000 digits
        "2025-10-01T08:51:30Z\0",  # C code may stop at a NUL
        "2025-10-01T08:51:3\uff10Z",  # int() reads digits of any script
    ],
)
def test_other_strings_are_rejected(text: str) -> None:
    assert moment_of(text) is None
    assert_read_as_the_grammar_demands(text)


def test_timestamps_with_two_unusual_parts_are_read_as_the_grammar_demands() -> None:
    texts = {*unusual_timestamps()}
    for text in texts:
        assert_read_as_the_grammar_demands(text)
    assert 600 < sum(moment_of(text) is not None for text in texts) < len(texts) / 10


@given(moments, zones, st.data())
def test_edited_timestamps_are_read_as_the_grammar_demands(
    moment: datetime, zone: timezone, data: st.DataObject
) -> None:
    text = moment.replace(tzinfo=zone).isoformat()
    start = data.draw(st.integers(0, len(text)))
    inserted = data.draw(st.text("0123456789-:.,+TtZzW \t\x0b\0\u0663", max_size=2))
    assert_read_as_the_grammar_demands(text[:start] + inserted + text[start + data.draw(st.integers(0, 2)) :])


def test_rfc_3339_is_read_without_dateutil(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_rfc3339, "isoparse", None)
    for separator in "Tt ":
        for fraction in "", ".1", ".12", ".120", ".123456", ".123456789", "." + "1" * 1000:
            for offset in "Z", "z", "+00:00", "-00:00", "+02:00", "-07:30", "+23:59":
                text = f"2025-10-01{separator}08:51:30{fraction}{offset}"
                assert parse_timestamp(text) == moment_of(text)


@pytest.mark.parametrize(
    "form",
    [
        "2025-10-01T08:51:30.{:06}Z",
        "2025-10-01T08:51:30.{:09}+02:00",
        "20251001T085130,{:06}+02",
        "2016-12-31T23:59:60.{:06}Z",
        "not {:06}",
    ],
)
def test_timestamps_are_not_cached(form: str) -> None:
    sizes = []
    tracemalloc.start()
    for first in 0, 1000:
        for number in range(first, first + 1000):
            with contextlib.suppress(ValidationError):
                relay(form.format(number))
        sizes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert sizes[1] - sizes[0] < 20_000  # a cache of 1000 of them takes over 50 KB


def test_datetime_without_its_c_accelerator_is_just_as_strict() -> None:
    texts = ["2025-10-01T08:51:30Z", "2025-10-01T08:51:30.123456789+02:00", "2025-W40-3T08:51:30Z", "20251001T24Z"]
    texts += ["2016-12-31T23:59:60Z", "1_23-08-15T00:00:00Z", "2123-08-1\u096bT00:00:00Z", "+123-08-15T00:00:00Z"]
    texts += ["2123-08-1\u096bT00:00:00+00:00", "1_23-08-15T00:00:00+00:00", "2025-10-00T24:00:00Z"]
    script = f"""
import sys
sys.modules["_datetime"] = sys.modules["_zoneinfo"] = None
from pool_registry_types import ValidationError, parse_timestamp
for text in {texts}:
    try:
        print(parse_timestamp(text))
    except ValidationError:
        print(None)
"""
    done = helpers.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == [str(moment_of(text)) for text in texts]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="CPython 3.11 has no isolated subinterpreters")
def test_an_isolated_subinterpreter_can_use_the_package() -> None:
    # In CPython 3.12, a subinterpreter can import zoneinfo (for python-dateutil 4) only if _zoneinfo is blocked.
    within = f"""
import sys
sys.path[:] = {sys.path!r}
if sys.version_info < (3, 13):
    sys.modules["_zoneinfo"] = None
from pool_registry_types import HealthStatus
print(HealthStatus.from_dict({MESSAGES[HealthStatus]}).to_json(), flush=True)
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
    done = helpers.run([sys.executable, "-c", script], check=False, capture_output=True, text=True, env=environment)
    assert (done.stdout, done.stderr) == (f"{SAMPLES[HealthStatus].to_json()}\nNone\n", "")


def test_reading_a_timestamp_does_not_wait_for_the_lock_of_dateutil() -> None:
    # After a fork or in a signal handler, the lock of dateutil's cache of time zones may be held.
    with tz.tzoffset._cache_lock, ThreadPoolExecutor(1) as executor:  # type: ignore[attr-defined]  # noqa: SLF001
        parsed = executor.submit(parse_timestamp, "20251001T105130+0217").result(timeout=10)
    assert parsed == datetime(2025, 10, 1, 8, 34, 30, tzinfo=UTC)


@given(moments, zones)
def test_datetimes_are_written_in_utc_with_the_fewest_digits(moment: datetime, zone: timezone) -> None:
    try:
        local = moment.astimezone(zone)
    except OverflowError:
        local = moment
    seconds = moment.replace(microsecond=0, tzinfo=None).isoformat()
    digits = f"{moment.microsecond:06}".removesuffix("000").removesuffix("000")
    written = f"{seconds}.{digits}Z" if digits else f"{seconds}Z"
    assert format_timestamp(local) == format_timestamp(moment) == relay(local.isoformat()) == written
    assert (parse_timestamp(written), parse_timestamp(written).tzinfo) == (moment, UTC)


@pytest.mark.parametrize(
    ("function", "value", "reason"),
    [
        pytest.param(function, *case, id=f"{function.__name__} {description}")
        for function, rejected in ((parse_timestamp, REJECTED_VALUES), (format_timestamp, REJECTED_ARGUMENTS))
        for description, case in rejected["timestamp"].items()
    ],
)
def test_the_functions_reject_the_same_values_as_fields(
    function: Callable[[Any], Any], value: Any, reason: str
) -> None:
    error = rejection(function, value)
    assert (error.type_name, error.path, error.reason) == ("Timestamp", (), reason)
