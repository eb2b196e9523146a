"""What `punchstream timecards show` and `explain` say, without any store."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import orjson
import pytest

from cli.card_blocks import missing_rows, show_lines, shown_days
from cli.card_changes import changes
from cli.card_story import Around, CardUnreadable, card_of, punch_ids, tell
from cli.card_story_text import story_lines
from cli.timecard_text import CAUSE_WORDS, exception_text, hhmm, wall_text, zone_text
from processors.timecards.engine.card import Card
from processors.timecards.engine.derive import derive
from processors.timecards.engine.exceptions import SEVERITIES
from processors.timecards.versions import Cause
from tests.unit.processors.timecards.build import inputs, ms, plan, punch

DAY = "2025-06-09"
POLICY = {"meal": {"tiers": [{"after": 360, "min": 30}]}, "ot": {"daily": [{"after": 480, "bucket": "ot1"}]}}


def card(*texts: str, policy: dict[str, Any] = POLICY, **more: Any) -> Card:
    ids = {text: f"{number:032x}" for number, text in enumerate(texts, 1)}
    (made,) = derive(inputs(policy, *(punch(text, punch_id=ids[text]) for text in texts), **more))
    return made


def row(made: Card | None, version: int = 1, **changed: Any) -> dict[str, Any]:
    """A row of timecards_history_v."""
    minutes = dict(made.minutes) if made is not None else dict.fromkeys(card("08:00 IN", "09:00 OUT").minutes, 0)
    return {
        "tenant": "t", "employee": "7", "work_date": DAY, "version": version, "revision": version,
        "status": str(made.status) if made is not None else "VOID", "approval_stale": False, "approved_by": "",
        "cause": "NEW_PUNCH", "caused_by": [f"{1:032x}"], "content_hash": made.content_hash if made else "0" * 32,
        "policy_version": "us@7", "engine_version": "1", "derived_at": ms(f"{DAY} 18:00"),
        "watermark": ms(f"{DAY} 17:45"), "site": "s", "zone": "America/New_York", "pay_group": "g",
        "first_in": ms(f"{DAY} 08:00"), "first_in_offset_s": -14_400, "last_out": None, "last_out_offset_s": None,
        "span": 0, "plan_start": None, "plan_end": None, "schedule_name": "", "labor": {}, "sites": {}, "overlays": {},
        "leave_codes": {}, "jobs": {"1": {"77": 30}}, "tips": {"1": "12.50"},
        "exceptions": sorted({one.code for one in made.exceptions}) if made else [], "blocking": [],
        "content": orjson.dumps(made.record()).decode() if made is not None else "", **minutes, **changed,
    }  # fmt: skip


def stored_punch(number: int, at: str, **changed: Any) -> dict[str, Any]:
    return {
        "event_id": f"{number:032x}", "punch_at": ms(f"{DAY} {at}"), "utc_offset_s": -14_400, "state": 0,
        "device": "A1", "site": "s", "pin": "1", "local_text": f"{DAY} {at}:00", "zone": "America/New_York",
        "time_flags": [], "received_at": ms(f"{DAY} {at}") + 1000, "source": "push", "request_id": "r1",
        "raw_topic": "raw.attendance", "raw_partition": 2, "raw_offset": 40 + number, "raw_line": 1, **changed,
    }  # fmt: skip


def raw(**changed: Any) -> dict[str, Any]:
    return {"sealed": "", "redacted": "", "headers": {}, "size": 30, "lines": {1: b"1\t08:00\x1b[2J\t\xff"}, **changed}


def around(latest: dict[str, Any] | None, *versions: dict[str, Any], **more: Any) -> Around:
    return Around(**{
        "latest": latest, "versions": versions, "before": None, "after": None, "approvals": (), "adjustments": (),
        "periods": (), **more,
    })  # fmt: skip


def told(version: dict[str, Any], beside: Around | None = None, **known: Any) -> str:
    known = {"punches": {}, "raws": {}, "corrections": [], **known}
    return "\n".join(story_lines(tell(version, beside or around(version, version), **known)))


@pytest.mark.parametrize(("minutes", "text"), [(0, "00:00"), (485, "08:05"), (-30, "-00:30"), (6001, "100:01")])
def test_minutes_are_hours_and_minutes(minutes: int, text: str) -> None:
    assert hhmm(minutes) == text


def test_instants_are_told_on_the_wall_clock_that_they_were_seen_on() -> None:
    night = ms("2025-11-02 03:30")
    assert wall_text(night, -18_000) == "2025-11-02 03:30:00-05:00"
    assert zone_text(night, "America/New_York") == "2025-11-02 03:30:00-05:00"
    assert zone_text(None, "UTC") == "not known"


def test_every_exception_and_cause_has_words() -> None:
    assert not [code for code in SEVERITIES if "no words" in exception_text(code, {}, blocking=False)]
    assert set(CAUSE_WORDS) == set(Cause)


def test_a_days_block_says_what_is_paid_and_what_is_odd() -> None:
    made = card("08:10 IN", "18:00 OUT", plans=(plan("08:00", "17:00"),))
    text = "\n".join(show_lines("7", DAY, DAY, shown_days([row(made)], [row(made)], [], [], [])))
    assert "Mon 2025-06-09  worked 09:20  COMPLETE (version 1)" in text
    assert "regular 08:00, overtime 1 01:20" in text
    assert "on the clock 09:50, paid breaks 00:00, unpaid breaks 00:00, meal deducted 00:30" in text
    assert "LATE: came late, by 00:10" in text
    assert "job 1       77 00:30" in text
    assert "MISSING" not in text


def test_sums_are_of_all_the_dates_shown() -> None:
    made = card("08:00 IN", "12:00 OUT")
    days = shown_days([row(made), row(made, work_date="2025-06-10")], [], [], [], [])
    assert show_lines("7", DAY, "2025-06-10", days)[-1] == "sum of 2 cards: worked 08:00, regular 08:00"
    late = {
        "work_date": DAY, "minutes": {"worked": 30, "ot1": 30}, "sequence": 1, "cause": "LATE_PUNCH", "approved_by": "",
        "apply_first": "2025-06-16", "adjustment_id": "a" * 32,
    }  # fmt: skip
    days = shown_days([row(made), row(made, work_date="2025-06-10")], [], [late], [], [])
    assert show_lines("7", DAY, "2025-06-10", days)[-1].endswith("; worked with all adjustments 08:30")


def test_the_same_exception_of_several_punches_is_told_once() -> None:
    made = card("08:00 IN", "08:00 IN", "12:00 OUT", "12:05 OUT", "12:10 OUT")
    text = "\n".join(show_lines("7", DAY, DAY, shown_days([row(made)], [], [], [], [])))
    assert text.count("DOUBLE_OUT") == 1
    assert "DOUBLE_OUT: went twice: the second does not count, 2 times" in text


def test_a_retracted_card_and_no_card_at_all_are_told_apart() -> None:
    void = shown_days([], [row(card("08:00 IN", "09:00 OUT")), row(None, 2)], [], [], [])
    assert "VOID: nothing is left of the card" in "\n".join(show_lines("7", DAY, DAY, void))
    assert show_lines("7", DAY, DAY, []) == [
        "7, Mon 2025-06-09: no cards. Nobody punched, or the sinks have not brought them yet."
    ]


@pytest.mark.parametrize(
    ("latest", "versions", "said"),
    [
        (None, [1], "the latest card is not there yet"),
        (1, [1, 2], "the latest card is version 1, the history has 2 already"),
        (3, [1], "does not have version 2, 3"),
        (2, [1, 2], ""),
    ],
)
def test_rows_that_a_sink_has_not_brought_are_named(latest: int | None, versions: list[int], said: str) -> None:
    made = card("08:00 IN", "09:00 OUT")
    found = list(missing_rows(row(made, latest) if latest else None, [row(made, one) for one in versions]))
    assert [said in one for one in found] == ([True] if said else [])


def test_steps_are_in_order_of_time_and_name_their_punches() -> None:
    made = card("08:00 IN", "12:00 B", "12:20 E", "18:00 OUT")
    text = told(row(made))
    steps = text[text.index("Rule steps") :]
    order = ["on the clock 2025-06-09T08:00", "BREAK of 20 minutes", "on the clock 2025-06-09T12:20", "meal deducted",
             "ot1: beyond", "reg: regular"]  # fmt: skip
    assert sorted(order, key=steps.index) == order
    assert "worked 09:30 = on the clock 09:40 + paid breaks 00:00 - meal deducted 00:10" in text
    assert "on the clock 09:40 = 04:00 + 05:40" in text
    assert "worked 09:30 = regular 08:00 + overtime 1 01:30" in text
    assert "BREAK of 20 minutes, 0 of the whole break paid  [2] [3]" in text


def test_a_punch_is_followed_to_its_raw_row_and_terminals_are_not_obeyed() -> None:
    made = card("08:00 IN", "12:00 OUT")
    punches = {f"{number:032x}": stored_punch(number, at) for number, at in ((1, "08:00"), (2, "12:00"))}
    text = told(row(made), punches=punches, raws={("raw.attendance", 2, 41): raw()})
    assert "raw record raw.attendance-2 offset 41 line 1: 1\\t08:00\\x1b[2J\\t\\xff" in text
    assert text.count("MISSING: its raw record is not in the store yet") == 1


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (raw(sealed="k1"), "30 bytes, sealed with key k1: not shown"),
        (raw(sealed="k1", headers={"stored": "raw/x", "size": "9000000"}), "9000000 bytes in the object store, sealed"),
        (raw(lines={1: b""}), "has no such line"),
        (raw(redacted="PIN"), "(taken out: PIN)"),
    ],
)
def test_a_body_that_cannot_be_shown_is_said_to_be_there(record: dict[str, Any], said: str) -> None:
    punches = {f"{1:032x}": stored_punch(1, "08:00")}
    made = card("08:00 IN", "12:00 OUT")
    assert said in told(row(made), punches=punches, raws={("raw.attendance", 2, 41): record})


def test_a_punch_of_a_sealed_topic_says_where_it_is_and_how_long() -> None:
    punches = {f"{1:032x}": stored_punch(1, "08:00", raw_topic="raw.operations")}
    text = told(row(card("08:00 IN", "12:00 OUT")), punches=punches)
    assert "raw record raw.operations-2 offset 41 line 1: in Kafka alone, for 90 days" in text
    assert "MISSING: neither a punch nor a correction" in text  # of the other punch


def test_versions_before_and_after_say_what_changed() -> None:
    first, second = card("08:00 IN", "12:00 OUT"), card("08:00 IN", "12:00 OUT", "13:00 IN", "17:00 OUT")
    rows = [row(first), row(second, 2), row(None, 3)]
    text = told(rows[1], around(None, *rows, before=rows[0], after=rows[2]))
    assert "from version 1 to this one:\n    on the clock 04:00 -> 08:00 (+04:00)" in text
    assert f"punch added: {3:032x}" in text
    assert "superseded by version 3:\n    on the clock 08:00 -> 00:00 (-08:00)" in text
    gone = told(rows[1], around(None, *rows[1:]))
    assert "version 1 is not in the store, so what changed cannot be said" in gone


def test_nothing_changes_between_the_same_contents() -> None:
    made = card("08:00 IN", "12:00 OUT")
    assert changes(made, made) == changes(None, None) == []


def test_a_void_version_is_explained_too() -> None:
    text = told(row(None, 2, caused_by=["b" * 32]))
    assert "VOID: nothing is left of the card" in text
    assert "Minutes" not in text


def test_all_that_a_card_names_is_looked_up() -> None:
    made = card("08:00 IN", "08:00:20 IN", "12:00 OUT")
    assert punch_ids(made, row(made, caused_by=["x"])) == [f"{number:032x}" for number in (1, 3, 2)] + ["x"]


def test_a_content_of_another_engine_is_refused_with_its_version() -> None:
    with pytest.raises(CardUnreadable, match="engine 9"):
        card_of(row(card("08:00 IN"), engine_version="9", content='{"work_date": "2025-06-09"}'))


def test_a_content_is_read_as_it_was_derived() -> None:
    made = card("08:00 IN", "12:00 OUT", plans=(plan("08:00", "17:00"),))
    assert replace(made, work_date=date(2025, 6, 9)) == card_of(row(made))
