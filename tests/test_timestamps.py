"""Timestamps: ISO 8601 in, what chrono writes out."""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timezone
from typing import Any

import pytest
from dateutil import tz
from hypothesis import given
from hypothesis import strategies as st

import processes
from pool_registry_types import ValidationError, format_timestamp, parse_timestamp
from strategies import moments, zones
from tables import REFUSED_ARGUMENTS, REFUSED_MEMBERS


def relay(text: str) -> str:
    return format_timestamp(parse_timestamp(text))


@pytest.mark.parametrize(
    "text",
    [
        "2025-10-01T08:51:30Z",
        "2025-10-01T08:51:30.120Z",
        "2025-10-01T08:51:30.001Z",
        "2025-10-01T08:51:30.123456Z",
        "2025-10-01T08:51:30.000001Z",
        "0001-01-01T00:00:00Z",
        "0999-12-31T23:59:59.999Z",
        "9999-12-31T23:59:59.999999Z",
        "2024-02-29T00:00:00Z",
    ],
)
def test_the_canonical_form_is_read_and_written(text: str) -> None:
    assert relay(text) == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2025-10-01T08:51:30.1Z", "2025-10-01T08:51:30.100Z"),
        ("2025-10-01T08:51:30.12Z", "2025-10-01T08:51:30.120Z"),
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
        ("2025-10-01T10:51:30.1+02", "2025-10-01T08:51:30.100Z"),
        ("2025-10-01T10:51:30.1+02:00", "2025-10-01T08:51:30.100Z"),
        ("2025-10-01T08:51:30-00:00", "2025-10-01T08:51:30Z"),
        ("2025-10-01T08:51:30+00:00", "2025-10-01T08:51:30Z"),
        ("2025-10-01T03:21:30.123456789-05:30", "2025-10-01T08:51:30.123456Z"),
        ("2025-10-01T23:59:00+23:59", "2025-10-01T00:00:00Z"),
        # Other spellings.
        ("2025-10-01t08:51:30z", "2025-10-01T08:51:30Z"),
        ("2025-10-01 08:51:30Z", "2025-10-01T08:51:30Z"),
        ("2025-10-01 08:51:30.5+00:00", "2025-10-01T08:51:30.500Z"),
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
        ("20161231T235960Z", "2016-12-31T23:59:59.999999Z"),
        ("2016366T235960Z", "2016-12-31T23:59:59.999999Z"),
        ("2016-366T23:59:60Z", "2016-12-31T23:59:59.999999Z"),
        ("2016W526T235960,5+0000", "2016-12-31T23:59:59.999999Z"),
        ("9999-12-31T23:59:60Z", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_every_spelling_is_written_as_chrono_writes_it(text: str, written: str) -> None:
    assert relay(text) == written


@pytest.mark.parametrize(
    "text",
    [
        # No moment.
        "",
        "now",
        "2025-10-01",
        "2025-10",
        "08:51:30Z",
        "2025-10-01T08:51:30",
        "2025-10-01T08:51:30.1234",
        "2025-10-01T08:51:30.123456",
        "2025-10-01T08:51:30.1234567",
        "1759308690",
        # No such date or time.
        "2025-13-01T08:51:30Z",
        "2025-00-01T08:51:30Z",
        "2025-02-29T08:51:30Z",
        "2025-366T08:51:30Z",
        "2025-W53-1T08:51:30Z",
        "2024W531T0851Z",
        "2025-W54-1T08:51:30Z",
        "2025-10-01T25:00:00Z",
        "2025-10-01T24:00:01Z",
        "2025-10-01T24:00:00.0000001Z",
        "2025-10-01T240000,0000001+02",
        "2025-10-01T24:00:00.1+02:00",
        "2025-10-01T08:60:30Z",
        "2025-10-01T08:51:61Z",
        # No leap second there.
        "2025-10-01T08:51:60Z",
        "2016-12-31T23:59:60+01:00",
        "2016-12-31T23:59:61Z",
        "2016-12-31T23:60:60Z",
        "2016-12-31T23:60Z",
        # No such offset.
        "2025-10-01T08:51:30+02:60",
        "2025-10-01T08:51:30+24:00",
        "2025-10-01T08:51:30+2",
        "2025-10-01T08:51:30+02:0",
        "2025-10-01T08:51:30+02:00:00",
        "2025-10-01T08:51:30 +02:00",
        "2025-10-01T08:51:30\u221202:00",
        "2025-10-01T08:51:30ZZ",
        "2025-10-01T08:51:30 UTC",
        "2025-10-01T08:51:30Z[UTC]",
        # Broken fractions, among them such as fromisoformat lets pass.
        "2025-10-01T08:51:30.Z",
        "2025-10-01T08:51:30,Z",
        "2025-10-01T08:51:30:123Z",
        "2025-10-01T08:51:30:123456Z",
        "2025-10-01T08:51:30.1234567x9Z",
        "2025-10-01T08:51:30.123456:89Z",
        "2025-10-01T08:51:30.12345678٣Z",
        "2025-10-01T08:51:30.+12Z",
        "2025-10-01T08510021Z",
        "2025-10-01T08:51.5Z",
        # NUL, which ends a text for fromisoformat.
        "2025-10-01T08Z\0x:yyZ",
        "2025-10-01T08Z\x001:30Z",
        "2025-10-01T08:Z\x00:30.123Z",
        "2025-10-01T08:51:30.1234Z\0Z",
        "2025-10-01T08:51:30.12Z\0abZ",
        "2025-10-01T08:51:30Z\0",
        "2025-10-01T08.5Z",
        "2025-10-01T08:51:30." + "9" * 1001 + "Z",
        # Signs, blanks and separators, such as older isoparse lets pass.
        "2025-10-01T 8:51:30Z",
        "2025-10- 1T08:51:30Z",
        "2025-+1-01T08:51:30Z",
        "2025-1_-01T08:51:30Z",
        "2025-10-01_08:51:30Z",
        "2025-10-01A08:51:30Z",
        "2025-10-01X08:51:30Z",
        "2025-10-01  08:51:30Z",
        "2025-1-1T08:51:30Z",
        "2025-1001T08:51:30Z",
        "2025-10-01T0851:30Z",
        " 2025-10-01T08:51:30Z",
        "2025-10-01T08:51:30Z ",
        "2025-10-01T08:51:30Z\n",
        "\ufeff2025-10-01T08:51:30Z",
        # Not ASCII.
        "٢٠٢٥-10-01T08:51:30Z",
        "2025-10-01T08:51:3\uff10Z",
        "2025-10-01\u042208:51:30Z",
        "2025-10-01T08:51:30\ud800",
        # Out of range.
        "0000-01-01T00:00:00Z",
        "-0001-01-01T00:00:00Z",
        "+10000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "9999-12-31T24:00:00Z",
        "9999-12-31T24:00:00+01:00",
        "9999-12-31T15:59:60-08:01",
    ],
)
def test_what_is_no_timestamp_is_refused(text: str) -> None:
    with pytest.raises(ValidationError) as caught:
        parse_timestamp(text)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    assert str(caught.value).startswith(
        "Timestamp: expected an ISO 8601 timestamp with an offset, in years 1 to 9999 UTC, got '"
    )


RFC_3339 = [
    f"2025-10-01{separator}08:51:30{fraction}{offset}"
    for separator in "Tt "
    for fraction in ("", ".1", ".12", ".120", ".123456", ".123456789", "." + "1" * 1000)
    for offset in ("Z", "z", "+00:00", "-00:00", "+02:00", "-07:30", "+23:59")
]


def test_rfc_3339_is_read_without_dateutil() -> None:
    script = f"""
import sys
from pool_registry_types import parse_timestamp
for text in {RFC_3339}:
    parse_timestamp(text)
sys.exit("dateutil" in sys.modules)
"""
    assert processes.run([sys.executable, "-c", script], check=False).returncode == 0


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


@given(moments, zones, st.sampled_from("Tt "), st.text("0123456789", max_size=9), st.booleans())
def test_every_offset_and_fraction_is_read(
    moment: datetime, zone: timezone, separator: str, digits: str, basic: bool
) -> None:
    local = moment.replace(microsecond=0, tzinfo=zone)
    text = local.strftime("%Y%m%dT%H%M%S" if basic else f"%Y-%m-%d{separator}%H:%M:%S").rjust(15 if basic else 19, "0")
    offset = local.strftime("%z")
    text += (f".{digits}" if digits else "") + (offset if basic else f"{offset[:3]}:{offset[3:]}")
    try:
        expected = local.replace(microsecond=int(digits[:6].ljust(6, "0"))).astimezone(UTC)
    except OverflowError:
        with pytest.raises(ValidationError):
            parse_timestamp(text)
    else:
        assert parse_timestamp(text) == expected
        assert type(parse_timestamp(text)) is datetime
        assert parse_timestamp(text).tzinfo is UTC


@pytest.mark.parametrize(
    ("use", "value", "reason"),
    [
        *((parse_timestamp, *case) for case in REFUSED_MEMBERS["timestamp"]),
        *((format_timestamp, *case) for case in REFUSED_ARGUMENTS["timestamp"]),
    ],
    ids=range(16),
)
def test_it_is_refused_as_that_of_a_field_is(use: Callable[[Any], Any], value: Any, reason: str) -> None:
    with pytest.raises(ValidationError) as caught:
        use(value)
    assert (caught.value.type_name, caught.value.path, caught.value.reason) == ("Timestamp", (), reason)


@given(moments, zones)
def test_any_aware_datetime_is_written_in_utc(moment: datetime, zone: timezone) -> None:
    try:
        local = moment.astimezone(zone)
    except OverflowError:
        local = moment
    assert format_timestamp(local) == format_timestamp(moment) == relay(local.isoformat())
