"""Every card against the plan: what counts, and what is said of what does not agree."""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson

from cli.card_account import SHOWN_DIFFERENCES, CardAccount, Found, account_of_cards, card_lines, compare
from schemas.codec import encode_event
from schemas.timecards_input import TimecardInput, TimecardInputKind
from simulate.fleet.plan.cards import NUMBERS, expected_cards
from simulate.fleet.plan.make import new_plan
from simulate.fleet.plan.model import key_of

NOW = int(dt.datetime(2026, 11, 21, 18, tzinfo=dt.UTC).timestamp())
PLAN = new_plan(1, "demo", 16, NOW)
PEOPLE = {person.employee: person for person in PLAN.people}
MADE = {key_of(PEOPLE[day.employee], punch) for day in PLAN.days for punch in day.punches if punch.at <= NOW}
SITES = {"hamburg": NOW * 1000 - 900_000, "boston": NOW * 1000 - 800_000}


def daily(key: tuple[str, str], **fields: Any) -> bytes:
    plain = {"tenant": "demo", "version": 1, "revision": 1, "status": "COMPLETE", "exceptions": []}
    names = dict.fromkeys(NUMBERS, 0)
    return orjson.dumps({"employee": key[0], "work_date": key[1], **plain, **names, **fields})


def told(sites: frozenset[str]) -> float:
    return float(min(SITES[site] for site in sites))


def watermark(site: str, at: int) -> bytes:
    return encode_event(
        TimecardInput(
            kind=TimecardInputKind.WATERMARK, site=site, resolver_partition=0, resolver_partitions=[0],
            registry_version=1, watermark=at,
        )
    )  # fmt: skip


def whole(corrected: bool = False) -> Found:
    """All that the plan says, in Kafka."""
    found = Found(PLAN, 72)
    for employee in PEOPLE:
        found.take_input(3, orjson.dumps({"kind": "assign", "tenant": "demo", "employee": employee}))
    for site, at in SITES.items():
        found.take_input(3, watermark(site, at))
    for key, card in expected_cards(PLAN, MADE, told, corrected=corrected).items():
        found.take_card(daily(key, **card))
    return found


def correction(version: int, status: str) -> bytes:
    wanted = PLAN.corrections[0]
    return orjson.dumps(
        {
            "correction_id": "c", "version": version, "tenant": "demo", "employee": wanted.employee,
            "local_text": wanted.local, "operation": "add", "status": status,
        }
    )  # fmt: skip


def test_all_cards_agree() -> None:
    account = account_of_cards(PLAN, MADE, whole())
    assert account.clean
    assert account.planned == account.agree > 100
    assert (account.differ, account.corrected, account.silent) == (0, False, ())


def test_the_approved_correction_is_expected_on_its_card() -> None:
    found = whole(corrected=True)
    found.take_correction(correction(1, "pending"))
    dates = [one.date for one in account_of_cards(PLAN, MADE, found).differences]
    assert dates == ["2026-11-03", "2026-11-06"], "nobody approved it: neither the day nor the week's overtime"
    found.take_correction(correction(2, "approved"))
    found.take_correction(correction(1, "pending"))
    assert account_of_cards(PLAN, MADE, found).clean
    found.take_correction(correction(3, "revoked"))
    assert not account_of_cards(PLAN, MADE, found).corrected


def test_one_minute_is_enough_to_differ_and_a_greater_version_counts() -> None:
    found, key = whole(), next(iter(expected_cards(PLAN, MADE, told, corrected=False)))
    right = found.cards[key]
    found.take_card(daily(key, **{**{n: right[n] for n in NUMBERS}, "worked": right["worked"] + 1, "version": 2}))
    account = account_of_cards(PLAN, MADE, found)
    assert (account.differ, account.agree, account.clean) == (1, account.planned - 1, False)
    (one,) = account.differences
    assert (one.employee, one.date) == key
    assert f"worked {right['worked']} planned, {right['worked'] + 1} found" in str(one)
    found.take_card(daily(key, **{n: right[n] for n in (*NUMBERS, "exceptions")}))
    assert account_of_cards(PLAN, MADE, found).differ == 1, "an older version came later"


def test_a_card_too_many_and_one_too_few() -> None:
    card = {**dict.fromkeys(NUMBERS, 0), "worked": 5, "exceptions": []}
    empty = {**card, "worked": 0, "status": "COMPLETE", "exceptions": ["LATE_ARRIVING"]}
    full = {**card, "status": "OPEN"}
    assert [str(one) for one in compare({("A", "d"): card}, {})] == ["A d: worked 5 planned, 0 found"]
    assert [str(one) for one in compare({}, {("A", "d"): full})] == ["A d: worked 0 planned, 5 found"]
    assert compare({}, {("A", "d"): empty, ("B", "d"): {"status": "VOID"}}) == []
    assert compare({("A", "d"): card}, {("A", "d"): {**full, "exceptions": ["DUPLICATE_PUNCH"]}}) != []


def test_what_is_another_tenants_or_nobodys_is_not_looked_at() -> None:
    found = whole()
    found.take_card(daily(("C001", "2026-11-03"), tenant="other", worked=7, version=9))
    found.take_card(daily(("X1", "2026-11-03"), worked=7))
    assert account_of_cards(PLAN, MADE, found).clean


def test_everybody_hears_of_sites_in_a_partition_of_their_own() -> None:
    found = Found(PLAN, 72)
    found.take_input(3, orjson.dumps({"kind": "assign", "tenant": "demo", "employee": "C001"}))
    found.take_input(3, watermark("hamburg", 500))
    found.take_input(2, watermark("hamburg", 700))
    found.take_input(3, watermark("boston", 400))
    assert found.told("C001", frozenset({"hamburg"})) == 500
    assert found.told("C001", frozenset({"hamburg", "boston"})) == 400
    assert found.told("C002", frozenset({"hamburg"})) == 0


def test_nobody_said_how_far_the_terminals_are() -> None:
    account = account_of_cards(PLAN, MADE, Found(PLAN, 72))
    assert account.silent == ("boston", "hamburg")
    assert not account.clean
    assert len(account.differences) == SHOWN_DIFFERENCES
    lines = list(card_lines(account))
    assert "0 of" in lines[0]
    assert "boston, hamburg" in lines[1]
    assert lines[-1] == f"  and {account.differ - SHOWN_DIFFERENCES} more"


def test_an_account_without_cards_is_not_clean() -> None:
    assert not CardAccount(planned=0, agree=0, differ=0, hours=0, corrected=False).clean
