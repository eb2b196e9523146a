"""Policies, calendars, schedules and pay groups in registry files: there and back, and every contradiction refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.registry_apply import plan_files
from cli.registry_file import parse_registry, registry_yaml
from cli.registry_histories import periods_at
from cli.registry_text import change_data, change_lines
from cli.shift_text import parse_shift
from cli.yaml_values import ValueWrong, plain_value
from runtime.registry_writer import compare_records
from schemas.policies import load_policy
from schemas.policy_presets import PRESETS
from schemas.registry import DevicePeriod, DeviceRecord, Record, SitePeriod, SiteRecord, decode_record, encode_record
from schemas.registry_timecards import (
    CalendarPeriod,
    CalendarRecord,
    PayGroupPeriod,
    PayGroupRecord,
    PolicyPeriod,
    PolicyRecord,
    ScheduledShift,
    SchedulePeriod,
    ScheduleRecord,
)

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "registry-timecards.yaml"
SITE = SiteRecord("berlin", (SitePeriod(zone="Europe/Berlin"),))
DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))


def read(text: str, known: Sequence[PolicyRecord] = ()) -> list[Record]:
    found, problems = parse_registry([("r.yaml", text)], {"berlin": SITE}, known)
    assert [str(problem) for problem in problems] == []
    return found


def wrong(text: str, known: Sequence[PolicyRecord] = ()) -> list[str]:
    """The problems, each as `line: message`."""
    found, problems = parse_registry([("r.yaml", text)], {"berlin": SITE}, known)
    assert found == []
    return [f"{problem.line}: {problem.message}" for problem in problems]


def composed(text: str) -> yaml.Node:
    node = yaml.compose(text, Loader=yaml.CSafeLoader)
    assert node is not None
    return node


def test_the_documented_example_applies_and_exports_to_the_same() -> None:
    changes = plan_files([(str(EXAMPLE), EXAMPLE.read_text(encoding="utf-8"))], [])
    records = [change.record for change in changes]
    kinds = [record.kind for record in records]
    assert {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)} == {
        "site": 2, "device": 3, "area": 1, "policy": 3, "calendar": 1, "schedule": 3, "paygroup": 2,
    }  # fmt: skip
    assert read(registry_yaml(records)) == records
    assert [decode_record(encode_record(record)) for record in records] == records
    assert {change.action for change in compare_records(records, records)} == {"same"}
    assert change_data(changes)
    lines = list(change_lines(changes, 0))
    assert "    + preset us_ca, for sites fresno" in lines
    assert "    + Fresno staff, two_weeks from 2026-01-05, company code F1, tenant acme" in lines


def test_what_the_example_says() -> None:
    found = {(record.kind, record.id): record for record in read(EXAMPLE.read_text(encoding="utf-8"))}
    night = found["policy", "night-crew"].periods[0]
    assert isinstance(night, PolicyPeriod)
    assert (night.valid_from, night.valid_to, night.groups) == (None, date(2027, 1, 1), ("night-crew",))
    policy = load_policy({**PRESETS[night.preset], **night.settings})
    assert policy.overlays[0].end == "24:00"
    assert policy.round_in is not None
    assert policy.round_in.q == 15
    office = found["schedule", "office"].periods[0]
    assert isinstance(office, SchedulePeriod)
    assert [len(day) for day in office.days] == [1, 1, 1, 1, 1, 0, 0]
    assert (office.days[4], office.anchor.weekday()) == ((ScheduledShift("08:00", "14:00"),), 0)
    split = found["schedule", "split"].periods[0]
    assert isinstance(split, SchedulePeriod)
    assert split.days[0] == (ScheduledShift("06:00", "10:00"), ScheduledShift("14:00", "18:00", 0, "afternoon"))
    reader = found["device", "CJ9A201260034"].periods[0]
    assert isinstance(reader, DevicePeriod)
    assert reader.direction == "IN"


def test_times_and_codes_stay_texts() -> None:
    (record,) = read(
        "policies: [{id: p, settings: {night: {start: 22:00, end: 06:00}, state_map: {0: IN, 1: OUT}, paid_gap: true, "
        "weekend_days: [5, 6]}}]"
    )
    assert isinstance(record, PolicyRecord)
    assert record.periods[0].settings == {
        "night": {"start": "22:00", "end": "06:00"}, "state_map": {"0": "IN", "1": "OUT"}, "paid_gap": True,
        "weekend_days": [5, 6],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{id: p, preset: us_mars}", "1: preset 'us_mars' is none of us_flsa, us_ca, de, zk_classic"),
        ("{id: p, settings: {span: first_last}}", "span=first_last needs grouping=day"),
        ("{id: p, settings: {round_in: {mode: up, q: 7}}}", "q=7 does not divide 60"),
        ("{id: p, preset: de, settings: {nigth: null}}", "nigth"),
        ("{id: p, settings: {seconds: [1, 2]}}", "seconds"),
        ("{id: p, settings: {ot: {daily: [{after: 1, bucket: ot1}, {after: 1, bucket: ot2}]}}}", "tiers overlap"),
        ("{id: p, settings: [1]}", "1: settings is a mapping of the policy's keys"),
        ("{id: p, settings: {a: 1, a: 2}}", "1: key 'a' stands twice in a mapping"),
        ("{id: p, sites: [nowhere]}", "1: unknown site 'nowhere': no file and no record of the registry has it"),
        ("{id: p, groups: [a, a]}", "1: 'a' stands twice in groups"),
        ("{id: p, groups: a}", "1: groups is no list"),
        ("{id: p, tenant: a b}", "1: tenant 'a b' is not made of"),
        ("{id: p, valid_from: 2026-1-1}", "1: valid_from '2026-1-1' is no date such as 2026-01-31"),
        ("{id: p, valid_from: 2026-01-01T00:00:00+00:00}", "is no date"),
        ("{id: p, valid_from: 2026-02-01, valid_to: 2026-02-01}", "1: valid_to is not after valid_from"),
        ("{preset: de}", "1: id is missing"),
        ("{id: p, night: 3}", "1: unknown key 'night' in a policy"),
    ],
)
def test_a_policy_that_contradicts_itself_is_refused(row: str, message: str) -> None:
    (found,) = wrong(f"policies: [{row}]")
    assert message in found


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        ("sites: [berlin]", "sites: [berlin]", "policies a and b are both for the site berlin at the same dates"),
        ("groups: [g]", "groups: [f, g]", "policies a and b are both for the group g"),
        ("employees: ['7'], tenant: t", "employees: ['7']", "policies a and b are both for the employee 7"),
        ("preset: de", "preset: us_ca", "policies a and b are both for everybody at the same dates"),
        ("tenant: t", "tenant: t", "policies a and b are both for everybody of tenant t"),
        ("groups: [g], valid_to: 2026-01-02", "groups: [g], valid_from: 2026-01-01", "the group g"),
    ],
)
def test_two_policies_for_the_same_are_refused(one: str, other: str, message: str) -> None:
    text = f"policies:\n- {{id: a, {one}}}\n- {{id: b, {other}}}\n"
    (found,) = wrong(text)
    assert found.startswith("3: ")
    assert message in found
    known = [record for record in read(f"policies: [{{id: a, {one}}}]") if isinstance(record, PolicyRecord)]
    (found,) = wrong(f"policies: [{{id: b, {other}}}]", known)
    assert found.startswith("1: ")
    assert message in found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("groups: [g], tenant: t", "groups: [g], tenant: u"),
        ("groups: [g], valid_to: 2026-01-01", "groups: [g], valid_from: 2026-01-01"),
        ("sites: [berlin]", "groups: [berlin]"),
        ("preset: de", "preset: de, tenant: t"),
        ("preset: de", "sites: [berlin]"),
    ],
)
def test_policies_that_can_be_told_apart_are_taken(one: str, other: str) -> None:
    assert len(read(f"policies: [{{id: a, {one}}}, {{id: b, {other}}}]")) == 2
    assert len(read(f"policies: [{{id: a, {other}}}, {{id: b, {one}}}]")) == 2


def test_a_policy_named_anew_does_not_contradict_what_it_replaces() -> None:
    known = [PolicyRecord("a", (PolicyPeriod(groups=("g",)),)), PolicyRecord("c", (PolicyPeriod(groups=("h",)),))]
    assert len(read("policies: [{id: a, groups: [h2]}, {id: b, groups: [g]}]", known)) == 2


def test_periods_of_one_policy_must_not_overlap() -> None:
    text = "policies:\n- {id: a, valid_to: 2026-02-01}\n- {id: a, valid_from: 2026-01-01}\n"
    assert wrong(text) == ["3: id a: its period overlaps with that of r.yaml line 2"]


@pytest.mark.parametrize(
    ("section", "row", "message"),
    [
        ("calendars", "{id: c}", "1: holidays is missing: a mapping of dates to names"),
        ("calendars", "{id: c, holidays: {2026-02-30: x}}", "1: holidays: '2026-02-30' is no date such as 2026-12-25"),
        ("calendars", "{id: c, holidays: {2026-02-03: x, 2026-02-03: y}}", "1: key '2026-02-03' stands twice"),
        ("calendars", "{id: c, holidays: {2026-02-03: }}", "1: the name of 2026-02-03 is no text"),
        ("calendars", "{id: c, holidays: {}, sites: [x]}", "1: unknown site 'x'"),
        ("schedules", "{id: s}", "1: days is missing: a cycle of 1 to 366 days, or give week"),
        ("schedules", "{id: s, days: []}", "1: days is missing"),
        ("schedules", "{id: s, days: [8-16]}", "1: '8' is no time of day from 00:00 to 23:59"),
        ("schedules", "{id: s, days: [08:00-24:00]}", "1: '24:00' is no time of day"),
        ("schedules", "{id: s, days: [08:00]}", "1: '08:00' is no shift such as"),
        ("schedules", "{id: s, days: [08:00-09:00/60]}", "1: a rest of 60 minutes leaves nothing of 08:00-09:00"),
        ("schedules", "{id: s, days: [[08:00-12:00, 11:59-13:00]]}", "overlap or stand in the wrong order"),
        ("schedules", "{id: s, days: [[13:00-14:00, 08:00-12:00]]}", "overlap or stand in the wrong order"),
        ("schedules", "{id: s, days: [06:00-22:01, 22:00-06:01]}", "22:00-06:01 of day 2 and 06:00-22:01 of day 1"),
        ("schedules", "{id: s, days: [{start: '08:00', till: '09:00'}]}", "1: unknown key 'till' in a shift"),
        ("schedules", "{id: s, days: [{start: '08:00', end: '09:00', rest: x}]}", "1: rest 'x' is no whole number"),
        ("schedules", "{id: s, days: [{start: 08:00}]}", "1: '' is no time of day"),
        ("schedules", "{id: s, days: [free], week: {mon: free}}", "1: a schedule has days or week, not both"),
        ("schedules", "{id: s, week: {fri-mon: free}}", "1: week: 'fri-mon' is no day or days such as mon, mon-fri"),
        ("schedules", "{id: s, week: {mon-fri: free, tue: free}}", "1: week: tue stands twice"),
        ("schedules", "{id: s, week: {mon: free}, anchor: 2026-01-01}", "1: anchor is for days"),
        ("schedules", "{id: s, days: [free], anchor: Monday}", "1: anchor 'Monday' is no date"),
        (
            "schedules",
            "{id: s, days: [free], free_on_holidays: 3}",
            "1: free_on_holidays '3' is neither true nor false",
        ),
        ("schedules", "{id: s, days: [[[[[[[[[[[[[]]]]]]]]]]]]]}", "a shift is no text"),
        (
            "paygroups",
            "{id: g, cycle: fortnight}",
            "1: cycle 'fortnight' is none of week, two_weeks, half_month, month",
        ),
        ("paygroups", "{id: g, cycle: month, anchor: 2026-01-31}", "1: a month cannot begin on the 31th"),
        ("paygroups", "{id: g, cycle: half_month, anchor: 2026-01-01}", "1: half_month begins on the 1st and the 16th"),
        ("paygroups", "{id: g, needs_approval: maybe}", "1: needs_approval 'maybe' is neither true nor false"),
        ("paygroups", "{id: a b}", "1: id 'a b' is not made of"),
    ],
)
def test_mistakes_are_told_with_their_line(section: str, row: str, message: str) -> None:
    (found,) = wrong(f"{section}: [{row}]")
    assert message in found


def test_a_mistake_deep_inside_has_its_own_line() -> None:
    text = "schedules:\n- id: s\n  days:\n  - 08:00-16:00\n  - - 08:00-10:00\n    - 10:00-25:00\n"
    assert wrong(text) == ["6: '25:00' is no time of day from 00:00 to 23:59"]


def test_only_what_is_sure_to_be_meant_becomes_a_number() -> None:
    text = "{a: '5', b: 5, c: 'true', d: true, e: null, f: 22:00, g: 007, h: no, i: -3, j: 1.5, k: '', l: 2026-01-01}"
    assert plain_value(composed(text)) == {
        "a": "5", "b": 5, "c": "true", "d": True, "e": None, "f": "22:00", "g": "007", "h": "no", "i": -3, "j": "1.5",
        "k": "", "l": "2026-01-01",
    }  # fmt: skip
    with pytest.raises(ValueWrong, match="more than 10 levels"):
        plain_value(composed("&a [*a]"))


def test_what_holds_at_a_time_or_on_a_date() -> None:
    periods = [PolicyPeriod(valid_to=date(2026, 1, 1)), PolicyPeriod(valid_from=date(2026, 1, 1))]
    assert periods_at(periods, "2026-01-01") == periods[1:]
    assert periods_at(periods, None) == periods
    with pytest.raises(ValueError, match="is no date"):
        periods_at(periods, "2026-01-01T00:00:00+00:00")
    with pytest.raises(ValueError, match="is no time"):
        periods_at([SitePeriod()], "today")


def test_a_device_that_only_lets_in() -> None:
    text = "devices: [{serial: A, site: berlin, tenant: t, direction: %s}]"
    (record,) = read(text % "OUT")
    assert record == DeviceRecord(
        "A", (DevicePeriod(site="berlin", tenant="t", zone="Europe/Berlin", direction="OUT"),)
    )
    assert read(registry_yaml([record])) == [record]
    assert wrong(text % "up") == ["1: direction 'up' is none of IN, OUT"]


TEXTS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=20).map(str.strip)
SHIFTS = st.sampled_from(["06:00-10:00", "10:00-14:30/30 mid", "14:30-22:00/45"])


@st.composite
def records(draw: st.DrawFn) -> list[Record]:
    """Histories of each kind, of the shape that a file may state."""
    day = draw(DAYS)
    bounds = [(None, day), (day, day + timedelta(draw(st.integers(1, 900))))]
    grace, groups = draw(st.integers(0, 90)), tuple(draw(st.sets(TEXTS.filter(bool), max_size=2)))
    preset, tenant = draw(st.sampled_from(["", *PRESETS])), draw(st.sampled_from(["", "t"]))
    policies = tuple(
        PolicyPeriod(*bound, preset, {"late_grace_min": grace}, tenant, ("berlin",), groups) for bound in bounds
    )
    holidays = draw(st.dictionaries(DAYS, TEXTS.filter(bool), max_size=4))
    shifts = [tuple(map(parse_shift, sorted(draw(st.sets(SHIFTS))))) for _ in range(draw(st.integers(1, 9)))]
    return [
        PolicyRecord("p", policies),
        CalendarRecord("c", (CalendarPeriod(None, None, holidays, draw(st.sampled_from([(), ("berlin",)]))),)),
        ScheduleRecord("s", tuple(SchedulePeriod(*bound, day, tuple(shifts), draw(st.booleans())) for bound in bounds)),
        PayGroupRecord("g", (PayGroupPeriod(None, day, "t", draw(TEXTS), "week", day, draw(st.booleans()), "C1"),)),
    ]


@settings(max_examples=60, deadline=None)  # writing YAML is slow at first
@given(records())
def test_there_and_back(found: list[Record]) -> None:
    assert read(registry_yaml(found)) == found
