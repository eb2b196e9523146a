"""Slices of a backfill, and lists that change while they are read."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.biotime.listing import Listing
from connectors.biotime.slices import (
    LAST_DAY,
    Backfill,
    asked_backfill,
    backfill_from_json,
    backfill_to_json,
    first_backfill,
)
from connectors.biotime.tail import highest_id, listing_after
from connectors.errors import ServerFault
from tests.unit.connectors.biotime.rig import Rig


@given(st.lists(st.tuples(st.integers(0, 9000), st.integers(0, 30)), max_size=200))
@settings(max_examples=100, deadline=None)
def test_slices_touch_and_end(steps: list[tuple[int, int]]) -> None:
    plan = first_backfill(date(2026, 1, 1), 7)
    for rows, halvings in steps:
        for _ in range(halvings):
            plan = plan.halved() or plan
        assert plan.at < plan.end <= LAST_DAY
        following = plan.advanced(rows)
        assert following.at == plan.end
        assert backfill_from_json(backfill_to_json(following)) == following
        if following.done:
            return
        plan = following


def test_no_row_for_centuries_costs_a_few_requests() -> None:
    plan, slices = first_backfill(None, 0), 0
    while not plan.done:
        plan, slices = plan.advanced(0), slices + 1
    assert slices < 5


def test_what_an_operator_asks_for_includes_its_last_day() -> None:
    plan = asked_backfill(date(2026, 1, 30), date(2026, 1, 31))
    assert (plan.at, plan.until, plan.first) == ("2026-01-30T00:00:00", "2026-02-01T00:00:00", False)
    assert Backfill(at="2026-01-01T00:00:00", until="2026-01-01T06:00:00").end == "2026-01-01T06:00:00"


async def read(rig: Rig, listing: Listing) -> list[int]:
    found: list[int] = []
    while (page := await listing.next()) is not None:
        found += [row["id"] for row in page.rows]
    return found


@pytest.mark.parametrize("seed", range(30))
async def test_rows_that_vanish_hide_none_of_the_others(seed: int) -> None:
    random, rig = Random(seed), Rig(page_size=10)
    for number in range(1, 201):
        rig.punch(number)

    def change() -> None:
        for _ in range(random.choice([0, 0, 1, 3])):
            rig.listed.rows.pop(random.randrange(len(rig.listed.rows)))

    rig.listed.between = change
    found = await read(rig, Listing(rig.client))
    rig.listed.between = None
    assert {row["id"] for row in rig.listed.rows} <= set(found)


async def test_a_list_that_grows_is_read_to_its_new_end() -> None:
    rig = Rig(page_size=10)
    for number in range(1, 21):
        rig.punch(number)
    rig.listed.between = lambda: (rig.punch(len(rig.listed.rows) + 1), None)[1] if len(rig.listed.rows) < 35 else None
    assert await read(rig, Listing(rig.client)) == list(range(1, 23))  # as many as its last page counted


@pytest.mark.parametrize("after", [0, 1, 99, 100, 101, 2055, 2999, 3000, 9999])
async def test_listing_after_an_id_finds_its_page(after: int) -> None:
    rig = Rig(page_size=20)
    for number in range(1, 3001):
        rig.punch(number)
    listing = await listing_after(rig.client, after)
    asked = len(rig.listed.asked)
    assert asked < 12
    page = await listing.next()
    assert page is not None
    first, last = page.rows[0]["id"], page.rows[-1]["id"]
    assert first <= max(1, min(after, 3000)) <= last
    assert await highest_id(rig.client) == 3000


async def test_nothing_to_go_by_is_a_fault() -> None:
    rig = Rig()
    rig.punch(2, punch_time="2026-03-01 00:00:00")
    rig.punch(1, punch_time="2026-03-02 00:00:00")
    page = await rig.listed.transactions_page(ordering="punch_time")
    rig.listed.answers = [page]
    with pytest.raises(ServerFault, match="nothing tells"):
        await listing_after(rig.client, 0)


async def test_an_empty_server() -> None:
    rig = Rig()
    assert await highest_id(rig.client) == 0
    assert await rig.settle() == 0
    rig.punch(1)
    assert await rig.settle() == 1
