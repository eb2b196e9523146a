"""Times and dates in the family's spellings; how long a token lives."""

import base64
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.biotime.dates import local_or_none, local_seconds, query_time, report_date, retry_after, wall_from_epoch
from wire.biotime.tokens import jwt_lifetime

NOW = 1_772_355_600.0  # 2026-03-01 09:00:00 UTC


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2026-03-02 08:00:05", "2026-03-02T08:00:05"),
        ("2026-03-02T08:00:05", "2026-03-02T08:00:05"),
        ("2023-09-01T15:34:13.347559", "2023-09-01T15:34:13"),
        (" 2026-03-02 8:00 ", "2026-03-02T08:00:00"),
    ],
)
def test_wall_times(sent: str, read: str) -> None:
    assert local_seconds(sent) == read


@pytest.mark.parametrize(
    "sent",
    ["", "2026-03-02", "2026-13-02 08:00:00", "2026-03-02 25:00:00", "2026-03-02 08:00:00+04:00", "\uff10", "08:00"],
)
def test_no_wall_times(sent: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        local_seconds(sent)
    assert local_or_none(sent) is None


def test_the_sentinel_is_nothing() -> None:
    assert local_or_none("1901-01-01 00:00:00") is None
    assert local_or_none(5) is None


def test_query_time() -> None:
    assert query_time("2026-03-02T08:00:05") == "2026-03-02 08:00:05"


def test_wall_from_epoch() -> None:
    assert wall_from_epoch(1693582142) == "2023-09-01T15:29:02"
    for number in (-1, 1 << 40, 1693582142000):
        with pytest.raises(ValueError, match="epoch"):
            wall_from_epoch(number)


@pytest.mark.parametrize(
    ("text", "weekday", "read"),
    [
        ("01-07-2023", "Saturday", "2023-07-01"),
        ("01-07-2023", "", "2023-07-01"),
        ("07-02-2023", "Sunday", "2023-07-02"),  # month first, as the weekday proves
        ("13-07-2023", "Noday", "2023-07-13"),
        ("07-13-2023", "", "2023-07-13"),
        ("2021-10-14", "Thursday", "2021-10-14"),
    ],
)
def test_report_dates(text: str, weekday: str, read: str) -> None:
    assert report_date(text, weekday) == read


@pytest.mark.parametrize("text", ["", "31-31-2023", "2021-02-30", "14/10/2021"])
def test_no_report_dates(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        report_date(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None), ("", None), ("soon", None), ("-5", None), ("7", 7.0), ("999999999", 86_400.0),
        ("Sun, 01 Mar 2026 09:00:30 GMT", 30.0), ("Sun, 01 Mar 2026 08:00:00 GMT", 0.0),
    ],
)  # fmt: skip
def test_retry_after(text: str | None, seconds: float | None) -> None:
    assert retry_after(text, NOW) == seconds


def token(claims: Any) -> str:
    return "h." + base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=") + ".s"


@pytest.mark.parametrize(
    ("claims", "lifetime"),
    [
        ({"exp": NOW + 600}, 600.0),
        ({"exp": 1000 + 600, "orig_iat": 1000}, 600.0),  # a clock of its own
        ({"exp": NOW - 5}, None),
        ({"exp": "x"}, None),
        ({}, None),
        ([1], None),
        ({"exp": NOW + 1e9}, None),
    ],
)
def test_jwt_lifetime(claims: Any, lifetime: float | None) -> None:
    assert jwt_lifetime(token(claims), NOW) == lifetime


@given(st.text(max_size=40), st.binary(max_size=40))
def test_any_token_is_a_hint_or_none(text: str, middle: bytes) -> None:
    assert jwt_lifetime(text, NOW) is None
    jwt_lifetime(f"a.{base64.urlsafe_b64encode(middle).decode()}.c", NOW)


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_a_value_error(text: str) -> None:
    for read in (local_seconds, report_date):
        with suppress(ValueError):
            read(text)
    retry_after(text, NOW)
