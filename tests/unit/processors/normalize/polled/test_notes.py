"""Notes that travel with polled rows."""

from __future__ import annotations

from urllib.parse import urlencode

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.normalize.polled.notes import Notes, parse_notes


def test_all_of_them() -> None:
    query = urlencode(
        {
            "epoch": "3", "zone": "Asia/Dubai", "upload_zone": "UTC", "site": "gate", "offsets": "t1:14400,T2:-12600",
            "conflicts": "T1,t3", "manual": "1", "punches": "1:in,*:alternate", "skew": "-61.5", "log": "door",
        }
    )  # fmt: skip
    assert parse_notes(query) == Notes(
        3, "Asia/Dubai", "UTC", "gate", {"T1": 14400, "T2": -12600}, frozenset({"T1", "T3"}), True,
        {"1": "in", "*": "alternate"}, -61.5,
    )  # fmt: skip


def test_what_cannot_be_read_was_not_said() -> None:
    assert parse_notes("") == Notes()
    assert parse_notes("epoch=x&offsets=T1:a,,:5&conflicts=,&skew=nan&manual=yes&epoch2=4") == Notes()
    assert parse_notes("epoch=-4").epoch == 1


@given(st.text(max_size=80))
@settings(max_examples=100, deadline=None)
def test_any_text_is_read(query: str) -> None:
    assert parse_notes(query).epoch >= 1
