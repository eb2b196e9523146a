from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wire.akuvox.times import local_time


@pytest.mark.parametrize(
    ("date", "time", "expected"),
    [
        ("2018-12-13", "05:55:59", "2018-12-13T05:55:59"),
        ("2025/11/06", "05:55:59", "2025-11-06T05:55:59"),
        ("06/11/2025", "05:55:59", "2025-11-06T05:55:59"),  # day first
        ("11/26/2025", "05:55:59", "2025-11-26T05:55:59"),  # no month 26
        ("26-11-2025", "05:55:59", "2025-11-26T05:55:59"),
        ("20241230", "23:59:59", "2024-12-30T23:59:59"),  # A02
        ("20241230", "235959", "2024-12-30T23:59:59"),
        (" 2024-1-2 ", " 5:07:09 ", "2024-01-02T05:07:09"),
        ("2024-01-02", "05:07", "2024-01-02T05:07:00"),
        ("2024-01-02", "12:07:09 AM", "2024-01-02T00:07:09"),
        ("2024-01-02", "12:07:09pm", "2024-01-02T12:07:09"),
        ("2024-01-02", "11:07:09 PM", "2024-01-02T23:07:09"),
        ("2024-02-29", "05:07:09.123", "2024-02-29T05:07:09"),
        ("--", "--", ""),
        ("", "", ""),
        ("2024-01-02", "--", ""),
        ("--", "05:07:09", ""),
        ("2023-02-29", "05:07:09", ""),
        ("2024-13-01", "05:07:09", ""),
        ("0000-01-01", "05:07:09", ""),
        ("13/13/2025", "05:07:09", ""),
        ("2024-01-02", "24:00:00", ""),
        ("2024-01-02", "13:00:00 PM", ""),
        ("2024-01-02", "05:07:60", ""),
        ("2024-01-02x", "05:07:09", ""),
        ("\u0662\u0660\u0662\u0664-\u0660\u0661-\u0660\u0662", "05:07:09", ""),
    ],
)
def test_spellings(date: str, time: str, expected: str) -> None:
    assert local_time(date, time) == expected


@settings(max_examples=150, deadline=None)
@given(
    st.datetimes(datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2099-12-31")),
    st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%d/%m/%Y", "%Y%m%d"]),
)
def test_every_second_in_every_spelling(moment: datetime, spelling: str) -> None:
    second = moment.replace(microsecond=0)
    assert local_time(second.strftime(spelling), second.strftime("%H:%M:%S")) == second.isoformat()


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=12), st.text(max_size=12))
def test_nothing_is_raised(date: str, time: str) -> None:
    assert isinstance(local_time(date, time), str)
