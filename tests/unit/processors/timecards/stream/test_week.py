"""A workweek from its window: which instants touch it, and that nothing else matters."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.timecards.engine.card import Card
from processors.timecards.engine.derive import derive
from processors.timecards.engine.inputs import Inputs, Leave, Plan, PunchInput, Terms
from processors.timecards.engine.zones import zone_of
from processors.timecards.stream.facts import Facts, with_digest
from processors.timecards.stream.state_keys import bucket_of_date, bucket_of_ms, first_date_of
from processors.timecards.stream.week import (
    WeekResult,
    buckets_of_window,
    derive_week,
    plan_span,
    targets_outside,
    touched_weeks,
    week_dates,
    week_of_date,
    weeks_by_plan,
    window_of,
)
from schemas.corrections import Correction, CorrectionOperation, CorrectionStatus
from schemas.policies import Policy, load_policy
from tests.unit.processors.timecards.build import NEW_YORK, ms, punch
from tests.unit.processors.timecards.strategies import ZONES, policies

FEW = settings(max_examples=50, deadline=None, derandomize=True)
DAY_MS = 86_400_000
MONDAY = date(2025, 6, 9)


def facts_with(policy: Policy, zone: str = NEW_YORK, *more: Terms, known: bool = True) -> Facts:
    return with_digest(Facts((Terms(policy, zone), *more), (), overtime_allowed=True, punches_count=True, known=known))


def hashes(cards: list[Card] | tuple[Card, ...], dates: tuple[date, ...]) -> list[tuple[date, str]]:
    return [(card.work_date, card.content_hash) for card in cards if card.work_date in dates]


@st.composite
def histories(draw: st.DrawFn) -> tuple[Facts, Inputs]:
    """Three weeks with a rest after every shift that ends it under the policy, and forgotten and doubled punches."""
    policy = replace(draw(policies()), max_open_min=480)
    zone, first = draw(st.sampled_from(ZONES)), draw(st.sampled_from((date(2025, 3, 3), date(2025, 10, 20))))
    random = Random(draw(st.integers(0, 2**32)))
    starts = draw(st.sampled_from((0, 7, 14, 21)))
    punches: list[PunchInput] = []
    for number in range(21):
        begin = (
            zone_of(zone).day_start((first - date(1970, 1, 1)).days + number) + starts * 3600 + random.randint(0, 3600)
        )
        for at in sorted(random.sample(range(0, 11 * 3600, 30), random.choice((0, 2, 4, 4, 5, 6)))):
            punches.append(
                PunchInput(
                    f"p{len(punches)}", (begin + at) * 1000, zone_of(zone).offset(begin + at), zone,
                    random.choice((0, 1, 2, 3, 255, None)), serial=random.choice("AB"), pin="1",
                    work_code=random.choice(("", "1")),
                )
            )  # fmt: skip
    days = [first + timedelta(number) for number in range(21)]
    plans = [Plan(day, "22:00", "06:00") for day in days[::3]] + [Plan(day, "08:00", "17:00", 30) for day in days[::2]]
    leaves = [Leave(f"l{day}", day, 60) for day in days[::5]]
    event_time_ms = draw(st.none() | st.just(punches[-1].at_ms + 2 * DAY_MS if punches else 0))
    terms = (Terms(policy, zone),)
    return facts_with(policy, zone), Inputs(
        "E1", terms, tuple(punches), (), tuple(plans), tuple(leaves), event_time_ms=event_time_ms
    )


def week_from(week_start: date, facts: Facts, everything: Inputs) -> WeekResult:
    return derive_week(
        week_start, facts, employee="E1", plans=everything.plans, punches=everything.punches,
        corrections=everything.corrections, leaves=everything.leaves, event_time_ms=everything.event_time_ms,
    )  # fmt: skip


@FEW
@given(histories())
def test_the_window_is_all_that_a_week_needs(history: tuple[Facts, Inputs]) -> None:
    facts, everything = history
    whole = derive(everything)
    found = []
    for week_start in sorted({week_of_date(facts, plan.date) for plan in everything.plans}):
        dates = week_dates(facts, week_start)
        week = week_from(week_start, facts, everything)
        assert hashes(week.cards, week.dates) == hashes(whole, dates)
        found += [card.work_date for card in week.cards]
    assert {card.work_date for card in whole} - set(found) <= {whole[0].work_date, whole[-1].work_date}


@FEW
@given(histories(), st.integers(0, 20 * 24 * 60))
def test_an_instant_touches_the_weeks_whose_cards_it_can_change(history: tuple[Facts, Inputs], minute: int) -> None:
    facts, _ = history
    at_ms = zone_of(facts.terms[0].zone).day_start(20_150) * 1000 + minute * 60_000
    touched = touched_weeks(facts, at_ms)
    around = {week_of_date(facts, first_date_of(bucket_of_ms(at_ms)) + timedelta(7 * n)) for n in range(-3, 4)}
    assert set(touched) == {week for week in around if window_of(facts, week).covers(at_ms)}
    assert 1 <= len(touched) <= (3 if facts.terms[0].policy.direction == "alternate" else 2)
    for week in touched:
        assert bucket_of_ms(at_ms) in buckets_of_window(facts, week)
        assert {bucket_of_date(day) for day in week_dates(facts, week)} <= set(buckets_of_window(facts, week))


def test_the_window_begins_48_hours_before_and_ends_36_after() -> None:
    facts = facts_with(load_policy({}))
    window = window_of(facts, MONDAY)
    assert window == (ms("2025-06-07 00:00"), ms("2025-06-17 12:00"))
    assert touched_weeks(facts, ms("2025-06-07 00:00") - 1) == (date(2025, 6, 2),)
    assert touched_weeks(facts, ms("2025-06-07 00:00")) == (date(2025, 6, 2), MONDAY)
    assert touched_weeks(facts, ms("2025-06-10 12:00") + 1) == (MONDAY,)
    late = facts_with(load_policy({"day_cut_min": 720}))
    assert window_of(late, MONDAY).from_ms == ms("2025-06-07 12:00")


def test_weeks_that_begin_on_another_day_from_some_date_on() -> None:
    """Monday weeks until Wednesday 2025-06-11, Thursday weeks from then on."""
    change = date(2025, 6, 11)
    monday = Terms(load_policy({}), NEW_YORK, None, change)
    thursday = Terms(load_policy({"week_start": 3}), NEW_YORK, change)
    facts = with_digest(Facts((monday, thursday), (), overtime_allowed=True, punches_count=True, known=True))
    assert week_dates(facts, MONDAY) == (MONDAY, date(2025, 6, 10))
    assert week_dates(facts, date(2025, 6, 5)) == (change,)
    assert len(week_dates(facts, date(2025, 6, 12))) == 7
    days = [MONDAY + timedelta(number) for number in range(-20, 20)]
    assert all(day in week_dates(facts, week_of_date(facts, day)) for day in days)
    punches = tuple(punch(text, day=str(day)) for day in days for text in ("08:00 IN", "17:00 OUT"))
    for week in (MONDAY, date(2025, 6, 5), date(2025, 6, 12)):
        found = derive_week(week, facts, employee="E1", punches=punches)
        assert tuple(card.work_date for card in found.cards) == found.dates


def test_plans_touch_the_weeks_that_see_them() -> None:
    facts = facts_with(load_policy({"week_start": 2}))
    for number in range(30):
        day = MONDAY + timedelta(number)
        seeing = {
            week
            for other in range(-21, 22)
            for week in [week_of_date(facts, day + timedelta(other))]
            if plan_span(week)[0] <= day <= plan_span(week)[1]
        }
        assert set(weeks_by_plan(facts, day)) == seeing
        assert week_of_date(facts, day) in seeing


def correction(operation: CorrectionOperation, target: str, target_at: int | None, punch_at: int | None) -> Correction:
    return Correction(
        correction_id="c" * 32, version=1, tenant="acme", employee="E1", operation=operation,
        status=CorrectionStatus.APPROVED, target=target, target_at=target_at, punch_at=punch_at, zone=NEW_YORK,
        decided_at=1, source="operator",
    )  # fmt: skip


def test_an_edit_moves_a_punch_into_the_window_and_out_of_it() -> None:
    """Logged a month early by a wrong clock, then put right, and the other way round."""
    facts = facts_with(load_policy({}))
    wrong, out = punch("08:00 IN", day="2025-05-09"), punch("17:00 OUT")
    edit = correction(CorrectionOperation.EDIT, wrong.punch_id, wrong.at_ms, ms("2025-06-09 08:00"))
    assert targets_outside([edit], window_of(facts, MONDAY)) == {wrong.punch_id: wrong.at_ms}
    (card,) = derive_week(MONDAY, facts, employee="E1", punches=(wrong, out), corrections=(edit,)).cards
    assert card.minutes["worked"] == 540
    away = correction(CorrectionOperation.EDIT, out.punch_id, out.at_ms, ms("2025-05-09 17:00"))
    assert targets_outside([away], window_of(facts, MONDAY)) == {}
    assert targets_outside([replace_status(edit)], window_of(facts, MONDAY)) == {}
    assert derive_week(MONDAY, facts, employee="E1", punches=(wrong, out), corrections=(away,)).cards == ()
    may = week_of_date(facts, date(2025, 5, 9))
    assert targets_outside([away], window_of(facts, may)) == {out.punch_id: out.at_ms}
    (card,) = derive_week(may, facts, employee="E1", punches=(wrong, out), corrections=(away,)).cards
    assert card.minutes["worked"] == 540
    void = correction(CorrectionOperation.VOID, wrong.punch_id, wrong.at_ms, None)
    assert derive_week(may, facts, employee="E1", punches=(wrong,), corrections=(void,)).cards == ()


def replace_status(one: Correction) -> Correction:
    return replace(one, status=CorrectionStatus.PENDING)


def test_a_night_crew_without_states_keeps_its_shifts_at_the_window_s_edge() -> None:
    """22:00 to 06:00 every night, rests of 16 hours that max_open does not end: seen whole, or each week by itself."""
    policy = load_policy({"direction": "alternate", "assign": "start"})
    facts = facts_with(policy)
    punches = []
    for number in range(-21, 14):
        day = str(MONDAY + timedelta(number))
        punches += [punch("21:55 IN", day=day), punch("+1 06:05 OUT", day=day)]
    for number in (-14, -7, 0):
        week = derive_week(MONDAY + timedelta(number), facts, employee="E1", punches=punches)
        assert [card.minutes["worked"] for card in week.cards] == [490] * 7
        assert not any(card.exceptions for card in week.cards)


def test_a_crew_of_twelve_hours_without_states() -> None:
    """18:00 to 06:00 with rests of 12 hours, free from Wednesday to Thursday: only that rest says what comes next."""
    facts = facts_with(load_policy({"direction": "alternate"}))
    punches = []
    for number in range(-21, 14):
        if number % 7 not in (2, 3):
            day = str(MONDAY + timedelta(number))
            punches += [punch("18:00 IN", day=day), punch("+1 06:00 OUT", day=day)]
    for number in (-7, 0):
        week = derive_week(MONDAY + timedelta(number), facts, employee="E1", punches=punches)
        assert [card.minutes["worked"] for card in week.cards] == [720] * 5
        assert not any(card.exceptions for card in week.cards)


def test_a_certain_rest_goes_before_a_long_one() -> None:
    """State 255, and 17 hours without a punch when the window begins: whoever comes then comes, though 15 hours on the
    clock look like a rest."""
    facts = facts_with(load_policy({}))
    punches = [
        replace(punch(text, day="2025-06-07"), state=255, direction="")
        for text in ("17:01 IN", "+1 08:00 OUT", "+1 23:00 IN", "+2 07:00 OUT", "+2 22:00 IN", "+3 06:00 OUT")
    ]
    week = derive_week(MONDAY, facts, employee="E1", punches=punches)
    assert [(card.work_date, card.minutes["worked"]) for card in week.cards] == [(MONDAY, 480)]


def test_what_a_week_says_of_people_devices_and_too_many_punches() -> None:
    facts = facts_with(load_policy({"device_offline": True}), known=False)
    week = derive_week(
        MONDAY, facts, employee="E1", punches=(punch("08:00 IN"), punch("17:00 OUT")), silent={"A9": None},
        surplus={MONDAY: 3, date(2025, 7, 1): 9},
    )  # fmt: skip
    (card,) = week.cards
    assert {(one.code, one.detail) for one in card.exceptions} == {
        ("UNKNOWN_EMPLOYEE", ""), ("DEVICE_OFFLINE", "A9"), ("TOO_MANY_PUNCHES", "3"),
    }  # fmt: skip
    away = Facts(facts.terms, (), overtime_allowed=True, punches_count=False, known=True, digest="x")
    leave = Leave("l", MONDAY, 480)
    found = derive_week(MONDAY, away, employee="E1", punches=(punch("08:00 IN"),), leaves=(leave,), event_time_ms=0)
    assert [(card.work_date, card.minutes["leave"]) for card in found.cards] == [(MONDAY, 480)]
    assert found.due_ms == ms("2025-06-10 00:00") + 1


def test_what_lies_outside_the_window_changes_nothing() -> None:
    """A punch or an addition on the Wednesday after would say that the shift of Sunday is over."""
    facts = facts_with(load_policy({}))
    sunday, wednesday = punch("08:00 IN", day="2025-06-15"), punch("08:00 IN", day="2025-06-18")
    added = correction(CorrectionOperation.ADD, "", None, wednesday.at_ms)
    event_time_ms = ms("2025-06-15 12:00")
    alone = derive_week(MONDAY, facts, employee="E1", punches=(sunday,), event_time_ms=event_time_ms)
    assert [(card.status, card.work_date) for card in alone.cards] == [("OPEN", date(2025, 6, 15))]
    with_more = derive_week(
        MONDAY, facts, employee="E1", punches=(sunday, wednesday), corrections=(added,), event_time_ms=event_time_ms
    )
    assert with_more == alone
    with_added = derive_week(
        MONDAY, facts, employee="E1", punches=(sunday,), corrections=(added,), event_time_ms=event_time_ms
    )
    assert with_added == alone
