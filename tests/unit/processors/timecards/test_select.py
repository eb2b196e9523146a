"""Which punches count: corrections, wrong clocks, state maps, effective-dated terms, settings of exceptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from pydantic import TypeAdapter

from processors.timecards.engine.card import Card
from processors.timecards.engine.derive import derive
from processors.timecards.engine.inputs import DeviceStateMap, Inputs, PunchInput, Terms
from processors.timecards.terms import CalendarPeriod, NoPlacement, Placement, PolicyPeriod, terms_of
from schemas.corrections import Correction, CorrectionOperation, CorrectionStatus
from schemas.events import Punch
from schemas.policies import STATE_MAPS, load_policy
from schemas.policy_presets import preset
from tests.unit.processors.timecards.build import NEW_YORK, day_of, inputs, ms, plan, punch

IN, OUT = punch("08:00 IN", punch_id="in"), punch("18:00 OUT", punch_id="out")


def correction(number: int, operation: str, status: str = "approved", **more: Any) -> Correction:
    more = {"version": 1, "decided_at": number, **more}
    if "at" in more:
        more["punch_at"] = ms(f"2025-06-09 {more.pop('at')}")
    return Correction(
        correction_id=f"{number:032x}", tenant="t", employee="E1", operation=CorrectionOperation(operation),
        status=CorrectionStatus(status), zone=NEW_YORK, source="operator", **more,
    )  # fmt: skip


def gross(*corrections: Correction) -> int:
    return int(day_of({}, IN, OUT, corrections=corrections).get("gross", 0))


def test_only_approved_corrections_count_in_the_order_of_their_decisions() -> None:
    assert gross() == 600
    assert gross(correction(1, "edit", target="out", at="16:00")) == 480
    assert gross(correction(1, "edit", "pending", target="out", at="16:00")) == 600
    first, second = (correction(n, "edit", target="out", at=at) for n, at in ((1, "16:00"), (2, "17:00")))
    assert gross(second, first) == gross(first, second) == 540
    assert gross(first, replace(second, status=CorrectionStatus.REVOKED, version=2), second) == 480
    decided_later = correction(1, "edit", target="out", at="15:00", decided_at=9)
    assert gross(decided_later, second) == 420
    assert gross(correction(1, "void", target="out")) == 0
    added = correction(3, "add", at="12:00", state=1)
    assert gross(added) == 240
    assert gross(added, correction(4, "void", target=added.correction_id)) == 600
    assert gross(correction(1, "edit", target="nobody", at="16:00")) == 600


def test_an_edited_punch_keeps_the_rest_and_its_wrong_time_is_forgotten() -> None:
    wrong = replace(OUT, at_ms=ms("2031-01-01 00:00"), time_flags=("FUTURE_PUNCH",))
    (card, future) = derive(inputs({}, IN, wrong))
    assert (card.minutes["gross"], [one.code for one in future.exceptions]) == (0, ["FUTURE_PUNCH"])
    edited = correction(1, "edit", target="out", at="16:00")
    (card,) = derive(inputs({}, IN, wrong, corrections=(edited,)))
    assert (card.minutes["gross"], [one.code for one in card.exceptions]) == (480, ["MANUAL_PUNCH"])
    state_only = correction(1, "edit", target="out", state=3)
    assert day_of({}, IN, OUT, corrections=(state_only,))["exceptions"] == ["MISSING_BREAK_OUT", "MISSING_OUT"]


@pytest.mark.parametrize(
    ("flag", "code", "minutes"),
    [
        ("FUTURE_PUNCH", "FUTURE_PUNCH", 0),
        ("PAST_PUNCH", "PAST_PUNCH", 0),
        ("AMBIGUOUS_LOCAL_TIME", "AMBIGUOUS_LOCAL_TIME", 600),
        ("NONEXISTENT_LOCAL_TIME", "NONEXISTENT_LOCAL_TIME", 600),
    ],
)
def test_time_flags(flag: str, code: str, minutes: int) -> None:
    found = day_of({}, IN, replace(OUT, time_flags=(flag,)))
    assert code in found["exceptions"]
    assert found.get("gross", 0) == minutes


def test_state_maps_of_devices_by_the_time_of_the_punch() -> None:
    change = ms("2025-06-09 12:00")
    maps = {
        "A1": (DeviceStateMap(STATE_MAPS["zk_standard"], None, change), DeviceStateMap({"1": "IN", "0": "OUT"}, change))
    }
    assert day_of({}, "08:00 IN", "11:00 OUT", "13:00 OUT", "14:00 IN", state_maps=maps)["gross"] == 240
    forced = replace(punch("08:00 OUT"), direction="IN"), replace(punch("09:00 X"), direction="OUT")
    assert day_of({}, *forced) == {"gross": 60, "worked": 60, "reg": 60}
    stateless = replace(punch("08:00 IN"), state=None), replace(punch("09:00 IN"), state=None)
    assert day_of({}, *stateless) == {"gross": 60, "worked": 60, "reg": 60}


def codes(policy: Mapping[str, Any], *punches: PunchInput, **more: Any) -> dict[str, bool]:
    return {one.code: one.blocking for card in derive(inputs(policy, *punches, **more)) for one in card.exceptions}


def test_settings_of_exceptions_are_off_by_default() -> None:
    odd = replace(IN, unverified=True, possibly_manual=True)
    last = replace(OUT, received_ms=OUT.at_ms + 86_460_000)
    more: dict[str, Any] = {"silent": {"A1": IN.at_ms}}
    assert codes({}, odd, last, **more) == {"LATE_ARRIVING": False}
    policy = {
        "unverified": "blocking", "possibly_manual": True, "long_shift_min": 599, "device_offline": True,
        "late_arriving_min": 2000,
    }  # fmt: skip
    assert codes(policy, odd, last, **more) == {
        "UNVERIFIED": True, "POSSIBLY_MANUAL": False, "LONG_SHIFT": False, "DEVICE_OFFLINE": False,
    }  # fmt: skip
    assert codes({"unverified": "warning", "long_shift_min": 600}, odd, OUT) == {"UNVERIFIED": False}
    assert codes({"max_punches_per_day": 1}, IN, OUT) == {"TOO_MANY_PUNCHES": True, "MISSING_OUT": True}
    assert codes({}, IN, OUT, surplus={date(2025, 6, 9): 3}) == {"TOO_MANY_PUNCHES": True}
    (card,) = derive(inputs({"device_offline": True}, IN, OUT, silent={"B": IN.at_ms, "A": IN.at_ms, "C": 2**50}))
    assert [one.detail for one in card.exceptions] == ["A, B"]
    overtime = {"ot": {"daily": [{"after": 480, "bucket": "ot1"}]}}
    assert codes(overtime, IN, OUT, overtime_allowed=False) == {"OVERTIME_NOT_ALLOWED": False}


def test_terms_are_effective_dated() -> None:
    summer, autumn = load_policy({}), load_policy({"ot": {"daily": [{"after": 60, "bucket": "ot1"}]}})
    change = date(2025, 6, 10)
    terms = (
        Terms(summer, NEW_YORK, None, change, frozenset({date(2025, 6, 9)})),
        Terms(autumn, "America/Los_Angeles", change, None),
    )
    days = [punch(text) for text in ("08:00 IN", "10:00 OUT", "+1 08:00 IN", "+1 10:00 OUT")]
    first, second = derive(Inputs("E1", terms, tuple(days)))
    assert (first.minutes["reg"], [one.code for one in first.exceptions]) == (120, ["HOLIDAY_WORK"])
    assert (second.minutes["ot1"], second.zone) == (60, "America/Los_Angeles")
    with pytest.raises(ValueError, match="no terms"):
        derive(Inputs("E1", (), tuple(days)))


def test_the_most_specific_policy_counts_and_calendars_are_per_site() -> None:
    def policy(level: Any, of: str, name: str, **dates: date) -> PolicyPeriod:
        return PolicyPeriod(level=level, of=of, policy=preset(name), version=name, **dates)

    july, may = date(2025, 7, 1), date(2025, 5, 1)
    terms = terms_of(
        "E1",
        [
            Placement(site="berlin", zone="Europe/Berlin", group="staff", valid_to=july),
            Placement(site="fresno", zone="America/Los_Angeles", group="staff", valid_from=july),
        ],
        [
            policy("site", "berlin", "de"),
            policy("site", "fresno", "us_ca"),
            policy("employee", "E1", "zk_classic", valid_from=may, valid_to=july),
            policy("group", "nobody", "us_flsa"),
        ],
        [CalendarPeriod(site="berlin", dates=frozenset({may}))],
    )
    found = [(one.policy_version, one.site, one.valid_from, one.valid_to, len(one.holidays)) for one in terms]
    assert found == [
        ("de", "berlin", None, may, 1),
        ("zk_classic", "berlin", may, july, 1),
        ("us_ca", "fresno", july, None, 0),
    ]
    with pytest.raises(NoPlacement):
        terms_of("E1", [], [])


def test_a_punch_of_the_topic_is_an_input() -> None:
    record = {
        "v": 1, "event_id": "a" * 32, "rank": 1, "tenant": "t", "device": "A1", "site": "s", "pin": "007",
        "local_time": IN.at_ms - 14_400_000, "local_text": "2025-06-09 08:00:00", "punch_at": IN.at_ms,
        "utc_offset_s": -14_400, "zone": NEW_YORK, "clock": "zone", "time_flags": ["NONEXISTENT_LOCAL_TIME"],
        "state": 0, "verify": 1, "work_code": "0", "job_codes": ["a", "0"], "tip_codes": ["1"], "is_attendance": True,
        "not_attendance_reason": "", "source": "push", "source_ref": "", "received_at": IN.at_ms + 5,
        "raw_topic": "raw.attendance", "raw_partition": 0, "raw_offset": 0, "raw_line": 1, "request_id": "r",
        "parser_version": 1, "registry_version": 0, "extra": {}, "unverified": True,
    }  # fmt: skip
    assert PunchInput.of(TypeAdapter(Punch).validate_python(record)) == PunchInput(
        "a" * 32, IN.at_ms, -14_400, NEW_YORK, 0, "", "A1", "7", "s", "", ("a", ""), ("1",), IN.at_ms + 5, True,
        ("NONEXISTENT_LOCAL_TIME",), True,
    )  # fmt: skip


def test_a_card_has_what_payroll_needs() -> None:
    (card,) = derive(inputs({}, IN, OUT, plans=(plan("08:00", "17:00"),)))
    assert isinstance(card, Card)
    assert (card.minutes["duty"], card.status, card.is_blocked) == (540, "COMPLETE", False)
    (segment,) = card.segments
    assert (segment.start_punch, segment.end_punch, segment.start_offset_s) == ("in", "out", -14_400)
    (shift,) = card.shifts
    assert (shift.first_in, shift.last_out, shift.punches) == (IN.at_ms // 1000, OUT.at_ms // 1000, ("in", "out"))
