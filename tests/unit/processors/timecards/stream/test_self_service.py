"""Last punch and this week's hours, as clocks are to show them."""

from __future__ import annotations

from processors.partition_model import Later
from processors.timecards.stream.card_registry import CardRegistry
from processors.timecards.stream.partition import TimecardPartition
from processors.timecards.stream.self_service import SelfService
from schemas.codec import decode_event
from schemas.lastpunch import MAX_OVERRULED, LastPunch
from schemas.registry import SitePeriod, SiteRecord
from schemas.timecards_input import TimecardInput
from tests.unit.processors.timecards.stream.world import (
    MONDAY,
    PARTITION,
    assign,
    at,
    correction,
    period,
    pid,
    retract,
    roster,
    shift,
    watermark,
)

AREAS = {"A1": ("hall",), "B2": ("hall", "yard")}


class Shown:
    """A partition whose state is kept, and the records that it has sent so far."""

    def __init__(self) -> None:
        self.state: dict[bytes, bytes] = {}
        self.records: dict[bytes, LastPunch] = {}
        self.sent: list[Later] = []
        self._registry = CardRegistry.of([(SiteRecord("home", (SitePeriod(zone="Europe/Berlin"),)), 1)], 1)
        self._model = self._load()
        self._offset = 0

    def _load(self) -> TimecardPartition:
        return TimecardPartition(
            self.state, partition=PARTITION, partitions=4, registry=lambda: self._registry, on_failure=_raise,
            later_of=SelfService(lambda serial, at_ms: AREAS.get(serial, ()) if at_ms else ()),
        )  # fmt: skip

    def tell(self, *events: TimecardInput) -> dict[str, LastPunch]:
        """What was sent because of these, by key."""
        for event in events:
            self._model.apply(event, self._offset)
            self._offset += 1
        sent: list[Later] = []
        while True:
            changes = self._model.changes()
            sent += changes.later
            for key, value in changes.values.items():
                if value is None:
                    self.state.pop(key, None)
                else:
                    self.state[key] = value
            if not self._model.busy:
                break
        self.sent += sent
        return {one.key.decode(): decode_event(LastPunch, one.value) for one in sent}

    def again(self, *events: TimecardInput) -> dict[str, LastPunch]:
        """The same inputs by a process that does not know whether the last one sent anything."""
        self._model = self._load()
        self._offset -= len(events)
        return self.tell(*events)


def _raise(failure: Exception) -> None:
    raise failure


def test_every_clock_and_area_of_the_person_shows_the_greatest_punch_and_the_week() -> None:
    sent = Shown().tell(*shift(MONDAY), assign(at("+1 08:00"), 0, device="B2", pin="77", work_code="9"))
    assert sorted(sent) == ["area+hall+1", "area+hall+77", "area+yard+77", "hours+A1+1", "hours+B2+77"]
    assert len(set(map(str, sent.values()))) == 1
    last = sent["hours+A1+1"]
    assert (last.device, last.pin, last.punch_at, last.state, last.work_code) == ("B2", "77", at("+1 08:00"), 0, "9")
    assert (last.local_text, last.employee, last.tenant) == ("2026-06-02 08:00:00", "e1", "demo")
    assert (last.week_minutes, last.week_start, last.overruled) == (8 * 60, "2026-06-01", [])
    assert last.as_of == at("+1 08:00") + 1000


def test_records_go_to_the_partition_of_the_clock_or_the_area() -> None:
    shown = Shown()
    shown.tell(assign(at("08:00")))
    assert {one.key: one.partition_by for one in shown.sent} == {b"hours+A1+1": b"A1", b"area+hall+1": b"hall"}


def test_a_late_punch_of_before_does_not_replace_a_later_one() -> None:
    shown = Shown()
    shown.tell(*shift(MONDAY))
    sent = shown.tell(assign(at("12:00"), 2), assign(at("12:30"), 3))
    assert sent["hours+A1+1"].event_id == pid(at("16:00"))
    assert sent["hours+A1+1"].week_minutes == 7 * 60 + 30


def test_voided_punches_do_not_count_and_added_ones_do() -> None:
    shown = Shown()
    out = at("16:00")
    shown.tell(*shift(MONDAY))
    voided = shown.tell(correction("void", target=pid(out), target_at=out))["hours+A1+1"]
    assert (voided.event_id, voided.overruled) == (pid(at("08:00")), [pid(out)])
    added = shown.tell(
        correction("add", "d", punch_at=at("15:00"), state=1, zone="Europe/Berlin", decided_at=at("18:00"))
    )["hours+A1+1"]
    assert (added.event_id, added.device, added.pin, added.rank) == ("d" * 32, "", "", 0)
    assert (added.local_text, added.week_minutes) == ("2026-06-01 17:00:00", 7 * 60)
    assert added.overruled == [pid(out)]
    back = shown.tell(correction("void", version=2, status="revoked", target=pid(out), target_at=out))["hours+A1+1"]
    assert (back.event_id, back.overruled) == (pid(out), [])


def test_an_edited_punch_is_shown_where_it_was_moved_to() -> None:
    shown = Shown()
    shown.tell(*shift(MONDAY))
    out = at("16:00")
    edited = shown.tell(correction("edit", target=pid(out), target_at=out, punch_at=at("15:30")))["hours+A1+1"]
    assert (edited.event_id, edited.punch_at, edited.overruled) == (pid(out), at("15:30"), [pid(out)])


def test_a_punch_of_a_wrong_clock_is_not_the_last_one() -> None:
    sent = Shown().tell(*shift(MONDAY), assign(at("+20 08:00"), time_flags=["FUTURE_PUNCH"], received_at=at("17:00")))
    assert sent["hours+A1+1"].event_id == pid(at("16:00"))
    assert sent["hours+A1+1"].week_start == "2026-06-01"


def test_what_is_done_again_is_sent_again_and_says_the_same() -> None:
    shown, events = Shown(), shift(MONDAY)
    sent = shown.tell(*events)
    assert sent
    assert shown.again(*events) == sent


def test_plans_of_coming_months_do_not_hide_the_last_punch() -> None:
    shown = Shown()
    shown.tell(*shift(MONDAY))
    day = [("08:00", "16:00")]
    sent = shown.tell(roster(d2026_07_01=day, d2026_07_08=day, d2026_07_15=day))
    assert sent["hours+A1+1"].event_id == pid(at("16:00"))


def test_a_punch_that_becomes_somebody_elses_is_shown_to_them_alone() -> None:
    shown = Shown()
    shown.tell(*shift(MONDAY), assign(at("+1 08:00")))
    sent = shown.tell(retract(at("+1 08:00")), assign(at("+1 08:00"), who="e2", identity_version=2, pin="5"))
    assert sent["hours+A1+1"].event_id == pid(at("16:00"))
    assert (sent["hours+A1+5"].employee, sent["hours+A1+5"].event_id) == ("e2", pid(at("+1 08:00")))


def test_the_hours_of_locked_dates_are_those_with_their_adjustments() -> None:
    shown = Shown()
    shown.tell(*shift(MONDAY), watermark(at("+6 12:00")))
    shown.tell(period("CLOSING", 1, days=7, pay_group="home"))
    shown.tell(period("LOCKED", 2, days=7, pay_group="home"))
    sent = shown.tell(assign(at("12:00"), 2), assign(at("12:30"), 3))
    assert sent["hours+A1+1"].week_minutes == 7 * 60 + 30


def test_of_many_punches_that_do_not_count_the_last_ones_are_named() -> None:
    shown = Shown()
    many = [assign(at("08:00") + number * 60_000, 1) for number in range(1, 40)]
    shown.tell(assign(at("08:00")), *many)
    voids = [
        correction("void", target=event.punch_id, target_at=event.punch.punch_at, correction_id=f"{number:032x}")
        for number, event in enumerate(many)
        if event.punch is not None
    ]
    last = shown.tell(*voids)["hours+A1+1"]
    assert last.event_id == pid(at("08:00"))
    assert last.overruled == [event.punch_id for event in reversed(many)][:MAX_OVERRULED]


def test_somebody_without_a_punch_that_counts_gets_no_record() -> None:
    assert Shown().tell(roster(d2026_06_01=[("08:00", "16:00")])) == {}
