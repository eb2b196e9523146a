"""The first reading, orders of an operator, the nightly comparison."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.connectors.biotime.rig import Crash, Rig

DAY = 86_400.0


def holding(rows: int, days: float, **settings: Any) -> Rig:
    """A server with so many rows over so many days, not read yet."""
    rig = Rig(**settings)
    rig.pass_time(-days * DAY)
    for number in range(1, rows + 1):
        rig.pass_time(days * DAY / rows)
        rig.punch(number)
    return rig


@pytest.mark.parametrize("start", [None, "2025-01-01"])
async def test_slices_read_everything_once(start: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.biotime.slices.SLICE_ROWS", 200)
    monkeypatch.setattr("connectors.biotime.backfill.SLICE_ROWS", 200)
    rig = holding(3000, 300, start=start)
    rig.punch(3001, ago=150 * DAY, punch_time="2027-04-05 09:00:00")
    await rig.settle()
    assert set(rig.out.ids) == set(range(1, 3002))
    assert set(rig.out.ids.values()) == {1}
    assert len(rig.listed.asked) < 400


async def test_live_scans_have_their_turn_meanwhile() -> None:
    rig = holding(3000, 300, start="2025-01-01")
    await rig.poll()
    assert (await rig.backfill.run()).again
    rig.punch(3001)
    assert 3001 in {row["id"] for row, _ in rig.out.rows_out} or (await rig.poll()).rows
    assert rig.out.ids[3001] == 1
    await rig.settle()
    assert rig.out.ids.total() == 3001


@pytest.mark.parametrize("filters", [True, False])
async def test_progress_survives_a_worker(filters: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.biotime.slices.SLICE_ROWS", 200)
    monkeypatch.setattr("connectors.biotime.backfill.SLICE_ROWS", 200)
    monkeypatch.setattr("connectors.biotime.backfill._RUN_ROWS", 200)
    rig = holding(2000, 20, start="2026-01-01")
    rig.listed.ignores_filters = not filters
    died = 0
    for put in range(3, 60, 3):
        rig.state.crash_at = put % 7
        try:
            await rig.settle()
        except Crash:
            died += 1
        rig.started()
    await rig.settle()
    assert died > 3
    assert set(rig.out.ids) == set(range(1, 2001))
    assert rig.out.ids.total() < 2000 + died * 220


async def test_rows_with_fractions_at_midnight_belong_to_one_slice() -> None:
    rig = Rig(start="2026-02-20")
    rig.punch(1, punch_time="2026-02-24 23:59:59.500000", upload_time="2026-02-25 00:00:01")
    rig.punch(2, punch_time="2026-02-25 00:00:00", upload_time="2026-02-25 00:00:01")
    rig.punch(3)
    await rig.settle()
    assert rig.out.ids == {1: 1, 2: 1, 3: 1}


async def test_a_burst_in_one_second_is_read_whole() -> None:
    rig = Rig(start="2026-02-20", page_size=1000)
    for number in range(1, 6003):
        rig.punch(number, punch_time="2026-02-24 08:00:00", upload_time="2026-02-24 08:00:01")
    rig.punch(6003)
    await rig.settle()
    assert set(rig.out.ids) == set(range(1, 6004))


async def test_operator_orders_a_range_again() -> None:
    rig = holding(300, 30)
    await rig.settle()
    wanted = {row["id"] for row in rig.listed.rows if "2026-02-10" <= row["punch_time"][:10] <= "2026-02-12"}
    rig.order(backfill={"n": 1, "from": "2026-02-10", "to": "2026-02-12"})
    await rig.settle()
    assert {number for number, times in rig.out.ids.items() if times == 2} == wanted
    assert rig.out.ids.total() == 300 + len(wanted)
    rig.started()
    await rig.settle()
    assert rig.out.ids.total() == 300 + len(wanted)


async def test_rescan_finds_what_one_edit_and_one_deletion_hide_from_the_count(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rig = holding(300, 30)
    await rig.settle()
    old = [row for row in rig.listed.rows if row["punch_time"][:10] == "2026-02-26"]
    old[0]["punch_state"] = "1"
    old[1]["punch_time"] = "2026-02-27 10:00:00"
    rig.listed.rows.remove(old[2])
    rig.order(rescan={"n": 1})
    await rig.settle()
    assert {number for number, times in rig.out.ids.items() if times == 2} == {old[0]["id"], old[1]["id"]}
    assert sum(f"ids {old[2]['id']}" in record.message for record in caplog.records) == 1
    asked = len(rig.listed.asked)
    rig.started()
    await rig.settle()
    assert len(rig.listed.asked) - asked < 8


async def test_rescan_without_filters_reads_the_window_again() -> None:
    rig = holding(300, 30)
    rig.listed.ignores_filters = True
    await rig.settle()
    rig.order(rescan={"n": 1})
    await rig.settle()
    again = {number for number, times in rig.out.ids.items() if times == 2}
    assert again == {row["id"] for row in rig.listed.rows if row["punch_time"][:10] >= "2026-02-23"}


async def test_night_finds_what_became_visible_on_a_closed_day() -> None:
    rig = holding(3000, 30, page_size=200)
    hidden = next(row for row in rig.listed.rows if row["punch_time"][:10] == "2026-02-27")
    rig.listed.rows.remove(hidden)
    await rig.settle()
    rig.pass_time(DAY)
    rig.listed.rows.append(hidden)
    await rig.settle()
    assert rig.out.ids[hidden["id"]] == 1
    asked = len(rig.listed.asked)
    rig.pass_time(600)
    await rig.repair.run()
    assert len(rig.listed.asked) == asked


async def test_repair_reads_nothing_before_the_start() -> None:
    rig = holding(300, 30, start="2026-02-28")
    rig.pass_time(DAY)
    rig.order(rescan={"n": 1})
    await rig.settle()
    assert set(rig.out.ids) == {row["id"] for row in rig.listed.rows if row["punch_time"][:10] >= "2026-02-28"}


async def test_old_days_leave_the_ledger() -> None:
    rig = holding(300, 3)
    await rig.settle()
    assert any(name.startswith("day/2026-02-27") for name in rig.state.kept)
    rig.pass_time(9 * DAY)
    rig.punch(301)
    await rig.settle()
    assert {name for name in rig.state.kept if name.startswith("day/")} == {"day/2026-03-11/0"}


async def test_the_row_between_two_slices_goes_out_once() -> None:
    rig = holding(300, 30)
    rig.punch(301, punch_time="2026-02-11 00:00:00", upload_time="2026-02-11 00:00:01")
    await rig.settle()
    rig.order(backfill={"n": 1, "from": "2026-02-10", "to": "2026-02-12"})
    await rig.settle()
    assert rig.out.ids[301] == 2


async def test_a_row_that_arrives_in_the_second_of_the_watermark_is_the_scans() -> None:
    rig = holding(30, 30)
    await rig.poll()
    rig.punch(31, ago=60 * DAY)
    while (await rig.backfill.run()).again:
        pass
    await rig.settle()
    assert rig.out.ids == dict.fromkeys(range(1, 32), 1)


async def test_what_a_comparison_sent_is_known_to_the_scan() -> None:
    rig = holding(30, 1)
    await rig.settle()
    rig.listed.between = lambda: None if len(rig.listed.rows) > 30 else arrive()

    def arrive() -> None:
        if "start_time" not in rig.listed.asked[-1]:  # after the scan, before the days are compared
            rig.punch(31, ago=100)

    assert (await rig.poll()).rows == 1
    assert 31 not in rig.kept()["recent_ids"]
    assert (await rig.poll()).rows == 0
    assert 31 in rig.kept()["recent_ids"]
    assert rig.out.ids[31] == 1
    assert rig.kept()["total"] == 31
