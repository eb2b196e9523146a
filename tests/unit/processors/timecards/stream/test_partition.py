"""What each kind of input does to cards."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from schemas.approvals import Decision
from schemas.timecards import BUCKETS
from tests.unit.processors.timecards.stream.world import (
    DAY,
    HOUR,
    MONDAY,
    World,
    approval,
    assign,
    at,
    check,
    correction,
    employed,
    pid,
    retract,
    roster,
    shift,
    watermark,
)

TUESDAY = MONDAY + timedelta(1)
FRIDAY = MONDAY + timedelta(4)


def test_a_shift_becomes_a_card_and_its_week() -> None:
    world = World()
    written = world.tell(employed(), shift(MONDAY), watermark(at("+3 00:00")))
    card = world.card()
    assert (card.status, card.worked, card.version, card.cause) == ("COMPLETE", 480, 1, "NEW_PUNCH")
    assert card.caused_by == sorted((pid(at("08:00")), pid(at("16:00"))))
    assert (card.first_in, card.last_out, card.span, card.pay_group) == (at("08:00"), at("16:00"), 480, "office")
    topics = [topic for topic, _, _ in written if topic.startswith("timecards.")]
    assert topics == ["timecards.daily", "timecards.history", "timecards.week"]
    check(world)


def test_inputs_that_come_again_write_nothing() -> None:
    world = World()
    world.tell(employed(), shift(MONDAY), watermark(at("+3 00:00")), correction("add", punch_at=at("18:00"), state=0))
    again = [event for event in world.log if event.kind != "watermark"]
    assert world.tell(*again) == []
    assert world.replay() == []
    check(world)


def test_a_retract_of_everything_leaves_a_void_card() -> None:
    world = World()
    world.tell(shift(MONDAY))
    world.tell(retract(at("08:00")), retract(at("16:00")))
    card = world.card()
    assert (card.status, card.worked, card.version, card.cause, card.content) == ("VOID", 0, 2, "IDENTITY", None)
    assert world.weeks()["e1", "2026-06-01"].days == {"2026-06-01": 2}
    assert world.tell(shift(MONDAY)) == []  # older than what took them away
    check(world)


def test_a_retract_that_comes_first_is_remembered() -> None:
    world = World()
    assert [topic for topic, _, _ in world.tell(retract(at("08:00")), shift(MONDAY))] != []
    assert world.card().gross == 0
    world.tell(assign(at("08:00"), 0, identity_version=3))
    assert world.card().worked == 480
    check(world)


def test_a_better_copy_that_lies_elsewhere_moves_the_punch() -> None:
    world = World()
    sunday = at("23:30", MONDAY - timedelta(1))
    world.tell(assign(sunday))
    moved = assign(sunday, rank=2, punch_at=sunday + HOUR)
    world.tell(moved)
    assert world.card().status != "VOID"
    assert world.card(MONDAY - timedelta(1)).status == "VOID"
    assert world.tell(assign(sunday, rank=1)) == []
    check(world)


def test_late_data_early_in_a_week_ripples() -> None:
    world = World()
    world.tell(world.policy(ot={"weekly": [{"after": 600, "bucket": "ot1"}]}), employed())
    world.tell(shift(TUESDAY), shift(FRIDAY))
    world.tell(shift(MONDAY, received_at=at("+6 00:00")))
    assert (world.card(MONDAY).cause, world.card(MONDAY).reg) == ("LATE_PUNCH", 480)
    assert (world.card(FRIDAY).cause, world.card(FRIDAY).ot1) == ("WEEK_RIPPLE", 480)
    assert world.card(FRIDAY).caused_by == world.card(MONDAY).caused_by
    check(world)


def test_a_correction_that_is_revoked_leaves_the_former_content() -> None:
    world = World()
    world.tell(employed(), assign(at("08:00")), watermark(at("+3 00:00")))
    before = world.card()
    assert "MISSING_OUT" in before.blocking
    world.tell(correction("add", punch_at=at("16:00"), state=1))
    assert (world.card().worked, world.card().cause, world.card().caused_by) == (480, "CORRECTION", ["c" * 32])
    assert world.card().first_seen["MANUAL_PUNCH+" + "c" * 32] == 2
    world.tell(correction("add", version=2, status="revoked", punch_at=at("16:00"), state=1))
    assert (world.card().content_hash, world.card().version) == (before.content_hash, 3)
    assert world.tell(correction("add", punch_at=at("16:00"), state=1)) == []
    check(world)


def test_a_pending_correction_touches_nothing() -> None:
    world = World()
    world.tell(shift(MONDAY))
    assert world.tell(correction("void", status="pending", target=pid(at("16:00")), target_at=at("16:00"))) == []
    world.tell(correction("void", version=2, target=pid(at("16:00")), target_at=at("16:00")))
    assert world.card().worked == 0


def test_an_edit_may_move_a_punch_over_weeks() -> None:
    world = World()
    late = MONDAY + timedelta(25)
    world.tell(assign(at("08:00")), assign(at("16:00", late), 1))
    world.tell(correction("edit", target=pid(at("16:00", late)), target_at=at("16:00", late), punch_at=at("16:00")))
    assert world.card().worked == 480
    assert world.card(late).status == "VOID"
    world.tell(retract(at("16:00", late)))
    assert world.card().worked == 0
    check(world)


def test_leave_alone_is_a_card() -> None:
    world = World()
    world.tell(employed(), correction("leave", work_date="2026-06-02", minutes=480, leave_code="sick"))
    card = world.card(TUESDAY)
    assert (card.leave, card.leave_codes, card.cause) == (480, {"sick": 480}, "LEAVE")
    world.tell(correction("leave", version=2, status="revoked", work_date="2026-06-02", minutes=480))
    assert world.card(TUESDAY).status == "VOID"
    check(world)


def test_a_roster_of_a_date_and_its_end() -> None:
    world = World()
    world.tell(employed(), shift(MONDAY, "08:30"), watermark(at("+3 00:00")))
    world.tell(roster(d2026_06_01=[("08:00", "16:00")]))
    assert (world.card().late, world.card().cause, world.card().plan_start) == (30, "SCHEDULE", at("08:00"))
    world.tell(roster(version=2, d2026_06_01=None))
    assert (world.card().late, world.card().plan_start) == (0, None)
    assert world.tell(roster(d2026_06_01=[("08:00", "16:00")])) == []
    check(world)


def test_absence_comes_by_the_watermark_alone_week_after_week() -> None:
    world = World()
    world.tell(world.schedule(*[("08:00", "16:00")] * 5, None, None), employed(schedule="s", valid_from="2026-06-01"))
    world.tell(watermark(at("00:00")))
    assert world.cards() == {}
    world.tell(watermark(at("16:01")))
    assert (world.card().absent, world.card().exceptions, world.card().cause) == (480, ["ABSENT"], "FINALIZE")
    world.lose()
    world.tell(watermark(at("+1 16:01")))
    assert world.card(TUESDAY).absent == 480
    world.tell(watermark(at("+20 23:00")))
    absent = sorted(day for (_, day), card in world.cards().items() if card.absent)
    assert len(absent) == 15
    assert absent[-1] == "2026-06-19"
    assert all(card.status == "COMPLETE" for card in world.cards().values())
    check(world)


def test_a_long_time_without_plans_does_not_end_the_watch() -> None:
    world = World()
    free = [None] * 7 * 20
    world.tell(world.schedule(("08:00", "16:00"), *free), employed(schedule="s", valid_from="2026-06-01"))
    world.tell(watermark(at("+2 00:00")))
    world.tell(watermark(at("+142 00:00")))
    assert [card.absent for card in world.cards().values()] == [480, 480]
    check(world)


def test_a_forgotten_out_is_told_when_event_time_passes() -> None:
    world = World()
    world.tell(employed(), assign(at("08:00")), watermark(at("12:00")))
    assert world.card().status == "OPEN"
    assert world.tell(watermark(at("+1 00:00"))) == []
    world.tell(watermark(at("+1 00:01")))
    assert (world.card().status, world.card().exceptions) == ("COMPLETE", ["MISSING_OUT"])
    assert world.due_count == 0
    check(world)


def test_the_slowest_site_of_a_week_is_waited_for() -> None:
    world = World()
    world.tell(employed(), shift(MONDAY), assign(at("17:00"), 0, site="branch", device="B1"))
    world.tell(watermark(at("+2 12:00")), watermark(at("16:00"), site="branch"))
    assert world.card().status == "OPEN"
    world.tell(watermark(at("+2 00:00"), site="branch"))
    assert world.card().status == "COMPLETE"
    check(world)


def test_a_site_that_went_silent_is_not_waited_for_longer_than_three_days() -> None:
    world = World()
    world.tell(employed(), shift(MONDAY), watermark(at("16:00")))
    world.tell(watermark(at("+3 23:00"), site="other"))
    assert world.card().status == "PROVISIONAL"
    world.tell(watermark(at("+4 02:00"), site="other"))
    assert world.card().status == "COMPLETE"
    check(world)


def test_watermarks_of_several_resolvers() -> None:
    world = World()
    both: dict[str, Any] = {"resolver_partitions": [0, 1], "registry_version": 2}
    world.tell(employed(), shift(MONDAY))
    world.tell(watermark(at("+2 00:00"), number=0, **both))
    assert world.card().status == "PROVISIONAL"
    world.tell(watermark(at("12:00"), number=1, **both))
    assert world.card().status == "PROVISIONAL"
    world.tell(watermark(at("+2 00:00"), number=1, **both))
    assert world.card().status == "COMPLETE"
    world.tell(watermark(at("10:00"), number=0, resolver_partitions=[0], registry_version=1))
    assert world.replay() == []
    check(world)


def test_silent_devices_are_named() -> None:
    world = World()
    world.tell(world.policy(device_offline=True))
    world.tell(employed(), shift(MONDAY), shift(TUESDAY), watermark(at("+3 00:00")))
    world.tell(watermark(at("+3 00:00"), silent={"A9": at("+1 12:00")}))
    assert world.card(MONDAY).exceptions == []
    assert (world.card(TUESDAY).exceptions, world.card(TUESDAY).cause) == (["DEVICE_OFFLINE"], "FINALIZE")
    world.tell(watermark(at("+3 00:00"), silent={}))
    assert world.card(TUESDAY).exceptions == []
    assert world.replay() == []
    check(world)


def test_more_than_400_punches_a_day_are_told() -> None:
    world = World()
    events = [assign(at("00:00") + number * 60_000, number % 2) for number in range(450)]
    world.tell(employed(), events, batch=50)
    card = world.card()
    assert "TOO_MANY_PUNCHES" in card.blocking
    backwards = World()
    backwards.tell(employed(), events[::-1], batch=50)
    assert backwards.card().content_hash == card.content_hash
    check(world)


def test_a_policy_concerns_those_whose_facts_it_changes() -> None:
    world = World()
    world.tell(employed(), shift(MONDAY), employed("e2", policy_group="crew"), shift(MONDAY, who="e2"))
    assert world.tell(world.policy()) == []
    world.tell(world.policy(ot={"daily": [{"after": 240, "bucket": "ot1"}]}))
    assert {(card.ot1, card.cause) for card in world.cards().values()} == {(240, "POLICY")}
    check(world)


def test_a_device_change_concerns_those_who_punched_there() -> None:
    world = World()
    world.tell(employed(), shift(MONDAY), employed("e2"), shift(MONDAY, who="e2", device="B1"))
    world.tell(world.device("B1", state_map={"0": 1, "1": 0}))
    assert world.card(who="e1").version == 1
    assert (world.card(who="e2").worked, world.card(who="e2").cause) == (0, "POLICY")
    check(world)


def test_an_employees_record_changes_terms_and_says_who_it_is() -> None:
    world = World()
    world.tell(shift(MONDAY))
    assert "UNKNOWN_EMPLOYEE" in world.card().blocking
    world.tell(employed())
    assert (world.card().blocking, world.card().cause) == ([], "POLICY")
    assert world.tell(employed(rank=2, payroll_number="77")) == []
    check(world)


def test_an_identity_moves_a_punch_to_somebody_else() -> None:
    world = World()
    world.tell(shift(MONDAY), shift(MONDAY, who="e2"))
    world.tell(retract(at("16:00")), assign(at("16:00"), 1, "e2", identity_version=2))
    assert world.card(who="e1").worked == 0
    assert world.card(who="e2").worked == 480
    check(world)


def test_approval_of_a_version_and_what_becomes_of_it() -> None:
    world = World()
    world.tell(employed(), shift(MONDAY), watermark(at("+3 00:00")))
    written = world.tell(approval(world.card()))
    assert [topic for topic, _, _ in written] == ["timecards.daily", "timecards.week"]
    card = world.card()
    assert (card.status, card.approved_by, card.version, card.revision) == ("APPROVED", "boss", 1, 2)
    world.tell(assign(at("16:30"), 0), assign(at("17:00"), 1))
    assert (world.card().status, world.card().approval_stale) == ("COMPLETE", True)
    world.tell(approval(world.card(), 2))
    assert world.card().status == "APPROVED"
    world.tell(approval(world.card(), 3, Decision.REJECTED))
    assert world.card().status == "COMPLETE"
    check(world)


def test_an_employee_who_cannot_be_derived_stops_nobody() -> None:
    world = World(may_fail=True)
    world.tell(employed(), shift(MONDAY))
    before = world.card()
    wrong = correction("add", zone="No/Where", punch_at=at("18:00"), state=0)
    world.tell(wrong, shift(TUESDAY, who="e2"), correction("leave", "d", work_date="2026-06-20", minutes=60))
    assert len(world.failures) == 4  # its week, and the one before, whose window it is in; again with the day's sweep
    assert world.successes == 5  # of e1 and e2, each with the week before, and that of the leave
    assert world.card() == before
    assert world.card(TUESDAY, "e2").worked == 480
    assert world.card(date(2026, 6, 20)).leave == 60
    world.tell(correction("add", version=2, punch_at=at("18:00"), state=0))
    assert (world.card().version, world.card().cause) == (2, "CORRECTION")


def test_sums_of_a_week_are_those_of_its_cards() -> None:
    world = World()
    world.tell(employed(), *[shift(MONDAY + timedelta(number)) for number in range(9)], watermark(at("+20 00:00")))
    weeks = world.weeks()
    assert [weeks["e1", day].worked for day in ("2026-06-01", "2026-06-08")] == [7 * 480, 2 * 480]
    assert all(card.worked == sum(getattr(card, bucket) for bucket in BUCKETS) for card in world.cards().values())
    assert DAY == 24 * HOUR
    check(world)
