"""What holds for somebody: from the registry and the record, as a value that can be kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from processors.timecards.stream.card_registry import CardRegistry, UnusableRecord
from processors.timecards.stream.employee_facts import EmployeeFacts, employment_on
from processors.timecards.stream.errors import CardStateUnreadable
from processors.timecards.stream.facts import Facts, facts_digest, facts_of
from processors.timecards.stream.facts_codec import decode_facts, encode_facts
from schemas.employees import Employee, Employment
from schemas.registry import SitePeriod, SiteRecord
from schemas.registry_timecards import PolicyPeriod, PolicyRecord, ScheduledShift, SchedulePeriod, ScheduleRecord
from tests.unit.processors.timecards.stream.build_registry import employment, person, registry


def window(facts: Facts, day: date) -> int:
    return facts.terms_on(day).policy.dup_window_s


def named(value: int, **of: Any) -> PolicyRecord:
    return PolicyRecord(f"p{value}", (PolicyPeriod(settings={"dup_window_s": value}, **of),))


def test_the_most_specific_policy_holds() -> None:
    more = (
        named(31, tenant="acme"),
        named(32, sites=("pune",)),
        named(33, groups=("office",)),
        named(34, employees=("7",)),
    )
    found = registry(*more)
    day = date(2026, 3, 2)
    assert window(facts_of(found, "other", "1", person(site="york")), day) == 30
    assert window(facts_of(found, "acme", "1", person(site="york")), day) == 31
    assert window(facts_of(found, "acme", "1", person()), day) == 32
    assert window(facts_of(found, "acme", "1", person(department="office")), day) == 33
    assert window(facts_of(found, "acme", "7", person(department="office")), day) == 34
    moved = person(employment("2026-03-01", policy_group="office"))
    assert [window(facts_of(found, "acme", "1", moved), date(2026, month, 2)) for month in (2, 3)] == [32, 33]
    version = facts_of(found, "acme", "7", person()).terms_on(day).policy_version
    assert version == f"p34@{len(found.sites) + len(found.devices) + 9}"


def test_a_policy_that_cannot_be_loaded_is_named() -> None:
    with pytest.raises(UnusableRecord, match=r"bad: dup_windows") as caught:
        registry(PolicyRecord("bad", (PolicyPeriod(settings={"dup_windows": 1}),)))
    assert caught.value.key == "policy+bad"
    with pytest.raises(UnusableRecord, match="preset 'none'"):
        registry(PolicyRecord("bad", (PolicyPeriod(preset="none"),)))


def test_homes_zones_and_holidays_by_date() -> None:
    moved = person(employment("2026-02-01", "2026-03-01", site="york"))
    facts = facts_of(registry(), "acme", "1", moved)
    found = [(one.valid_from, one.valid_to, one.site, one.zone) for one in facts.terms]
    assert found == [
        (None, date(2026, 2, 1), "pune", "Asia/Kolkata"),
        (date(2026, 2, 1), date(2026, 3, 1), "york", "America/New_York"),
        (date(2026, 3, 1), None, "pune", "Asia/Kolkata"),
    ]
    assert facts.terms[0].holidays == {date(2026, 1, 1), date(2026, 1, 26)}
    assert facts.terms[1].holidays == {date(2026, 1, 1)}


def test_a_site_that_changes_its_zone() -> None:
    at = int(datetime(2026, 5, 31, 19, 0, tzinfo=UTC).timestamp() * 1000)  # 00:30 of the next day in Kolkata
    site = SiteRecord("moved", (SitePeriod(None, at, zone="UTC"), SitePeriod(at, None, zone="Asia/Kolkata")))
    facts = facts_of(registry(site), "acme", "1", person(site="moved"))
    assert [facts.terms_on(date(2026, month, day)).zone for month, day in ((5, 31), (6, 1))] == ["UTC", "Asia/Kolkata"]


def test_somebody_without_a_record_is_where_the_punches_are() -> None:
    facts = facts_of(registry(), "acme", "1", None, "york", "America/New_York")
    assert (facts.known, facts.terms[0].site, facts.terms[0].zone) == (False, "york", "America/New_York")
    nowhere = facts_of(registry(), "acme", "1", None, "gone", "Europe/Rome")
    assert (nowhere.terms[0].site, nowhere.terms[0].zone) == ("gone", "Europe/Rome")
    assert facts_of(registry(), "acme", "1", None).terms[0].zone == "UTC"
    assert facts_of(registry(), "acme", "1", person(site="")).known


def test_what_the_record_allows() -> None:
    record = person(employment(schedule="week"), enable_overtime=False, enable_holiday=False)
    facts = facts_of(registry(), "acme", "1", record)
    assert not facts.overtime_allowed
    assert facts.terms[0].holidays == frozenset()
    assert facts.schedules
    away = facts_of(registry(), "acme", "1", record._replace(enable_attendance=False))
    assert (away.punches_count, away.schedules) == (False, ())


def test_equal_arguments_give_the_same_object_and_most_people_share_one() -> None:
    found = registry()
    one = facts_of(found, "acme", "1", person(employment(pay_group="a", payroll_number="17")))
    assert facts_of(found, "acme", "2", person(employment(pay_group="b"))._replace(rank=9)) is one
    hired = facts_of(found, "acme", "3", person(employment("2025-01-07")))
    assert hired == one
    assert hash(hired) == hash(one)
    assert facts_of(found, "acme", "1", person(site="york")) != one


def test_the_digest_is_of_what_hours_depend_on() -> None:
    before = facts_of(registry(), "acme", "1", person(employment(schedule="week")))
    newer = CardRegistry.of([(one, 77) for one in _records()], 99)
    again = facts_of(newer, "acme", "1", person(employment(schedule="week")))
    assert again.terms[0].policy_version != before.terms[0].policy_version
    assert again.digest == before.digest == facts_digest(before)
    other = ScheduleRecord("week", (SchedulePeriod(days=((ScheduledShift("09:00", "17:00"),),)),))
    changed = facts_of(registry(other), "acme", "1", person(employment(schedule="week")))
    assert changed.digest != before.digest


def _records() -> Any:
    from tests.unit.processors.timecards.stream.build_registry import RECORDS

    return RECORDS


def test_facts_come_back_from_their_bytes() -> None:
    night = named(40, sites=("york",))
    night = replace(night, periods=(replace(night.periods[0], preset="us_ca"),))
    record = person(employment("2026-02-01", "2026-03-01", site="york", schedule="nights"), employment("2026-03-01"))
    for who in (None, record, person(employment(schedule="week"))):
        facts = facts_of(registry(night), "acme", "1", who, "pune", "Asia/Kolkata")
        back = decode_facts(encode_facts(facts))
        assert back == facts
        assert (back.terms, back.schedules) == (facts.terms, facts.schedules)
        assert encode_facts(back) == encode_facts(facts)
    for value in (b"", b"[]", b'{"v":2}', b'{"v":1,"terms":3}'):
        with pytest.raises(CardStateUnreadable):
            decode_facts(value)


def test_how_somebody_is_employed_on_a_date() -> None:
    record = EmployeeFacts.of(
        Employee(
            tenant="acme", employee="0017", rank=3, department="office", site="pune", source="operator",
            employment=[Employment(valid_from="2026-01-01", valid_to="2026-02-01", pay_group="monthly", employer="A",
                                   payroll_number="9")],
        )
    )  # fmt: skip
    on = employment_on(record, "0017", "york", date(2026, 1, 31))
    assert (on.pay_group, on.employer, on.payroll_number, on.policy_group, on.site) == (
        "monthly", "A", "9", "office", "pune",
    )  # fmt: skip
    after = employment_on(record, "0017", "york", date(2026, 2, 1))
    assert (after.pay_group, after.employer, after.payroll_number) == ("pune", "", "0017")
    assert employment_on(None, "1", "york", date(2026, 1, 1)).pay_group == "york"
    assert employment_on(None, "1", "", date(2026, 1, 1)).pay_group == "default"
