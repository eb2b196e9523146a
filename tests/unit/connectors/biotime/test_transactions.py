"""The live reader over a list in memory: what it finds, what it leaves, when it stops."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.errors import NeedsEpoch, ServerFault
from tests.unit.connectors.biotime.rig import Crash, Rig
from wire.biotime.envelope import Page


async def begun(rows: int = 0, **settings: Any) -> Rig:
    """A reader that has read all of a server with so many rows, one a minute up to now."""
    rig = Rig(**settings)
    for number in range(1, rows + 1):
        rig.now += 60
        rig.punch(number)
    await rig.settle()
    assert set(rig.out.ids) == set(range(1, rows + 1))
    assert set(rig.out.ids.values()) <= {1}
    return rig


async def test_first_run_reads_all_that_is_there_and_then_what_arrives() -> None:
    rig = await begun(250)
    rig.pass_time(30)
    rig.punch(251)
    outcome = await rig.poll()
    assert (outcome.rows, outcome.again) == (1, False)
    assert rig.out.ids.total() == 251


async def test_nothing_new_writes_nothing() -> None:
    rig = await begun(50)
    puts, sent = rig.state.puts, len(rig.out.rows_out)
    for _ in range(5):
        rig.pass_time(30)
        await rig.poll()
    assert (rig.state.puts, len(rig.out.rows_out)) == (puts, sent)


async def test_start_leaves_older_punches_out_but_not_late_arrivals() -> None:
    rig = Rig(start="2026-03-01")
    rig.punch(1, ago=10 * 86_400)["upload_time"] = "2026-02-20 08:00:00"
    rig.punch(2, ago=3600)["upload_time"] = "2026-03-02 07:00:00"
    await rig.settle()
    assert set(rig.out.ids) == {2}
    rig.pass_time(60)
    rig.punch(3, ago=200 * 86_400)
    await rig.settle()
    assert set(rig.out.ids) == {2, 3}


async def test_F07_same_person_and_second_at_two_doors() -> None:
    rig = await begun()
    rig.punch(601, sn="T1", emp_code="7", punch_state="0")
    rig.punch(602, sn="T2", emp_code="7", punch_state="1")
    assert (await rig.poll()).rows == 2


async def test_F08_an_arrival_between_pages_comes_once() -> None:
    rig = await begun(600, page_size=10)
    rig.pass_time(60)
    for number in range(601, 611):
        rig.punch(number)
        rig.pass_time(1)

    def arrive() -> None:
        rig.listed.between = None
        rig.punch(611)

    rig.listed.between = arrive
    await rig.poll()
    await rig.poll()
    assert {number: rig.out.ids[number] for number in range(600, 612)} == dict.fromkeys(range(600, 612), 1)


async def test_F10_a_clock_ahead_of_time_does_not_steer() -> None:
    rig = await begun(5)
    rig.pass_time(60)
    rig.punch(710, punch_time="2027-04-05 09:00:00")
    await rig.poll()
    rig.pass_time(60)
    rig.punch(711)
    await rig.poll()
    assert rig.out.ids[710] == rig.out.ids[711] == 1


async def test_F15_a_page_that_is_no_page_moves_nothing() -> None:
    rig = await begun(5)
    rig.pass_time(60)
    rig.punch(6)
    before = dict(rig.state.kept)
    rig.listed.answers = [ServerFault("HTML with 200")]
    with pytest.raises(ServerFault):
        await rig.poll()
    assert rig.state.kept == before
    assert 6 not in rig.out.ids
    assert (await rig.poll()).rows == 1


async def test_F25_a_crash_before_the_save_repeats_rows_with_equal_ids() -> None:
    rig = await begun(5)
    rig.pass_time(60)
    rig.punch(6)
    rig.state.crash_at = 0
    with pytest.raises(Crash):
        await rig.poll()
    rig.started()
    await rig.poll()
    assert rig.out.ids[6] == 2
    rows = [row for row, _ in rig.out.rows_out if row["id"] == 6]
    assert rows[0] == rows[1]


async def test_lower_id_visible_after_a_higher_one() -> None:
    rig = await begun(50)
    rig.pass_time(60)
    hidden = rig.punch(51)
    rig.listed.rows.remove(hidden)
    rig.punch(52)
    await rig.poll()
    rig.pass_time(300)
    rig.listed.rows.append(hidden)
    await rig.poll()
    assert rig.out.ids[51] == rig.out.ids[52] == 1


async def test_id_visible_hours_late_is_found_by_the_count() -> None:
    rig = await begun(50)
    rig.pass_time(60)
    hidden = rig.punch(51, ago=40 * 86_400)  # so that no comparison of days finds it either
    rig.listed.rows.remove(hidden)
    rig.punch(52)
    await rig.poll()
    rig.pass_time(5 * 3600)
    rig.punch(53)
    await rig.poll()
    rig.listed.rows.append(hidden)
    await rig.poll()
    assert rig.out.ids[51] == 1


async def test_upload_clock_set_back_hides_nothing() -> None:
    rig = await begun(50)
    rig.pass_time(60)
    rig.punch(51, upload_time=rig.local(-7200))  # the server's clock was two hours ahead for a while
    await rig.poll()
    rig.pass_time(60)
    rig.punch(52, ago=30 * 86_400)
    await rig.poll()
    assert rig.out.ids[51] == rig.out.ids[52] == 1


async def test_null_upload_time() -> None:
    rig = await begun(50)
    rig.pass_time(60)
    rig.punch(51, ago=30 * 86_400, upload_time=None)
    await rig.poll()
    assert rig.out.ids[51] == 1


async def test_order_ignored_reads_the_tail() -> None:
    rig = Rig()
    rig.listed.ignores_order = True
    for number in range(1, 251):
        rig.pass_time(60)
        rig.punch(number)
    await rig.settle()
    assert set(rig.out.ids) == set(range(1, 251))
    assert rig.kept()["order_ok"] is False
    for number in range(251, 400):
        rig.pass_time(1)
        rig.punch(number, ago=(number % 3) * 86_400 * 20)
    rig.listed.asked.clear()
    assert (await rig.poll()).rows == 149
    assert len(rig.listed.asked) < 30
    assert set(rig.out.ids.values()) == {1}


async def test_filters_ignored_reads_by_id() -> None:
    rig = Rig()
    rig.listed.ignores_filters = True
    for number in range(1, 251):
        rig.pass_time(60)
        rig.punch(number)
    await rig.settle()
    rig.punch(251)
    await rig.settle()
    assert rig.out.ids == dict.fromkeys(range(1, 252), 1)


@pytest.mark.parametrize("ignores_order", [False, True])
async def test_long_backlog_is_saved_on_the_way(ignores_order: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.biotime.arrivals.MAX_SCANNED", 200)
    monkeypatch.setattr("connectors.biotime.scans.BATCH_ROWS", 100)
    rig = await begun(50)
    rig.listed.ignores_order = ignores_order
    for number in range(51, 3051):
        rig.pass_time(5)
        rig.punch(number)
    rig.state.crash_at = 7
    with pytest.raises(Crash):
        await rig.poll()
    rig.started()
    await rig.settle()
    assert set(rig.out.ids) == set(range(1, 3051))
    assert rig.out.ids.total() <= 3050 + 120


@pytest.mark.parametrize("ignores_order", [False, True])
async def test_bare_arrays_are_read_to_their_end(ignores_order: bool) -> None:
    rig = Rig()
    rig.listed.bare, rig.listed.ignores_order = True, ignores_order
    for number in range(1, 101):
        rig.pass_time(60)
        rig.punch(number)
    await rig.settle()
    for number in range(101, 201):
        rig.pass_time(5)
        rig.punch(number)
    await rig.settle()
    assert rig.out.ids == dict.fromkeys(range(1, 201), 1)


async def test_a_capped_page_is_not_the_last() -> None:
    rig = await begun(50)
    rig.listed.cap = 7
    for number in range(51, 151):
        rig.pass_time(5)
        rig.punch(number)
    assert (await rig.poll()).rows == 100


async def test_repeated_page_and_empty_page_with_next_stop() -> None:
    rig = await begun(50)
    rig.pass_time(60)
    row = rig.punch(51)
    more = {"page": "2"}
    rig.listed.answers = [Page((row,), 50, more), Page((row,), 50, more)]
    with pytest.raises(ServerFault, match="page before it"):
        await rig.poll()
    rig.listed.answers = [Page((), 50, more)]
    with pytest.raises(ServerFault, match="empty"):
        await rig.poll()
    assert rig.out.ids[51] == 0
    assert (await rig.poll()).rows == 1


async def test_rows_that_vanish_while_paging_hide_none() -> None:
    rig = await begun(100, page_size=10)
    for number in range(101, 151):
        rig.pass_time(60)
        rig.punch(number, ago=30 * 86_400)

    def delete() -> None:
        if len(rig.listed.asked) % 3 == 2:
            rig.listed.rows.remove(max(rig.listed.rows, key=lambda row: row["id"] if row["id"] < 140 else 0))

    rig.listed.asked.clear()
    rig.listed.between = delete
    await rig.poll()
    rig.listed.between = None
    assert {row["id"] for row in rig.listed.rows} <= set(rig.out.ids)


async def test_edited_row_goes_out_again() -> None:
    rig = await begun(50)
    rig.listed.rows[40]["punch_state"] = "1"
    rig.listed.rows[41]["terminal_alias"] = "renamed"
    rig.pass_time(30)
    await rig.poll()
    await rig.poll()
    assert rig.out.ids[41] == 2
    assert rig.out.ids.total() == 51
    assert rig.out.rows_out[-1][0]["punch_state"] == "1"


async def test_deleted_row_is_told_once_and_stays(caplog: pytest.LogCaptureFixture) -> None:
    rig = await begun(50)
    del rig.listed.rows[20]
    rig.pass_time(30)
    await rig.poll()
    await rig.poll()
    told = [record.message for record in caplog.records if "ids 21" in record.message]
    assert len(told) == 1
    assert "2026-03-02" in told[0]
    assert rig.out.ids.total() == 50


async def test_rows_without_an_id_go_out_once() -> None:
    rig = await begun(5)
    rig.pass_time(60)
    odd = rig.punch(6)
    del odd["id"]
    await rig.poll()
    await rig.poll()
    rig.started()
    await rig.poll()
    assert sum("id" not in row for row, _ in rig.out.rows_out) == 1


async def test_a_row_that_cannot_be_read_goes_out_and_the_cursor_moves() -> None:
    rig = await begun(5)
    rig.pass_time(60)
    rig.punch(6, punch_time="yesterday", emp_code=None)
    rig.pass_time(60)
    rig.punch(7)
    await rig.poll()
    await rig.poll()
    assert rig.out.ids[6] == rig.out.ids[7] == 1


class TestRestored:
    """The database was restored: ids begin anew."""

    async def restored(self, lost: int, back: int) -> Rig:
        rig = await begun(200)
        rig.pass_time(3600)
        del rig.listed.rows[-lost:]
        for number in range(201 - lost, 201 - lost + back):
            rig.pass_time(1)
            rig.punch(number, sn="T9")
        return rig

    @pytest.mark.parametrize(("lost", "back"), [(10, 1), (10, 10), (10, 25), (199, 3), (200, 1), (30, 0)])
    async def test_stops_and_says_so(self, lost: int, back: int) -> None:
        rig = await self.restored(lost, back)
        before, sent = rig.kept(), len(rig.out.rows_out)
        with pytest.raises(NeedsEpoch, match="new-epoch"):
            await rig.poll()
        after = rig.kept()
        assert after.pop("blocked")
        before.pop("blocked")
        assert after == before
        assert len(rig.out.rows_out) == sent
        rig.listed.asked.clear()
        for _ in range(40):
            rig.punch(300 + _)
        rig.started()
        with pytest.raises(NeedsEpoch):
            await rig.poll()
        assert rig.listed.asked == []

    async def test_new_epoch_reads_from_its_day(self) -> None:
        rig = await self.restored(10, 5)
        with pytest.raises(NeedsEpoch):
            await rig.poll()
        rig.order(epoch={"n": 1, "from": "2026-03-02"})
        await rig.settle()
        again = [row["id"] for row, notes in rig.out.rows_out if notes["epoch"] == "2"]
        assert sorted(again) == [row["id"] for row in rig.listed.rows]
        rig.pass_time(60)
        rig.punch(196, sn="T9")
        assert (await rig.poll()).rows == 1

    async def test_deleted_top_row_is_no_restore(self) -> None:
        rig = await begun(50)
        del rig.listed.rows[-2:]
        rig.pass_time(60)
        rig.punch(51)
        await rig.poll()
        assert rig.out.ids[51] == 1

    async def test_edit_that_renews_the_upload_time_is_no_restore(self) -> None:
        rig = await begun(50)
        rig.pass_time(60)
        rig.listed.rows[30] |= {"punch_state": "1", "upload_time": rig.local()}
        await rig.poll()
        await rig.poll()
        assert rig.out.ids[31] == 2


class TestWatermarks:
    async def test_lesser_of_poll_and_last_upload_after_the_rows(self) -> None:
        rig = await begun(3)
        rig.pass_time(61)
        rig.punch(4, sn="t2")
        rig.pass_time(10)
        rig.out.order.clear()
        await rig.poll()
        assert rig.out.order == ["BIOTIME/TRANSACTIONS", "WATERMARKS"]
        assert rig.out.marks[-1] == {"T2": int((rig.now - 10) * 1000)}

    async def test_at_most_once_a_minute_and_only_forward(self) -> None:
        rig = await begun(3)
        told = len(rig.out.marks)
        for number in range(4, 64):
            rig.pass_time(5)
            rig.punch(number)
            await rig.poll()
        assert 4 <= len(rig.out.marks) - told <= 6
        assert [mark["T1"] for mark in rig.out.marks] == sorted({mark["T1"] for mark in rig.out.marks})

    async def test_none_before_the_first_backfill_is_done(self) -> None:
        rig = Rig()
        for number in range(1, 101):
            rig.pass_time(60)
            rig.punch(number)
        await rig.poll()
        assert rig.out.marks == []

    async def test_terminals_that_uploaded_elsewhere(self) -> None:
        rig = await begun(3)
        rig.pass_time(100)
        rig.state.kept["terminals"] = b'{"t7": {"tz": 4, "last_activity": null, "last_upload": "2026-03-02T08:00:00"}}'
        await rig.poll()
        assert rig.out.marks[-1]["T7"] == 1_772_424_000_000


class TestNotes:
    async def test_of_a_usual_server(self) -> None:
        rig = await begun(3)
        assert rig.out.rows_out[0][1] == {"epoch": "1", "zone": "Asia/Dubai"}

    async def test_cloud_uploads_in_utc_and_manual_logs(self) -> None:
        rig = await begun(
            3, dialect="biotimecloud", company="c", mobile_username="1", readers=("transactions", "manual_logs")
        )
        assert rig.out.rows_out[0][1] == {"epoch": "1", "zone": "Asia/Dubai", "upload_zone": "UTC", "manual": "1"}

    async def test_F05_terminal_tz_against_what_is_read_with(self) -> None:
        rig = Rig()
        rig.state.kept["terminals"] = b'{"T1": {"tz": 330}, "T2": {"tz": 4}}'
        rig.punch(501, sn="T1")
        rig.punch(502, sn="T2")
        await rig.settle()
        assert rig.out.rows_out[0][1]["conflicts"] == "T1"

    async def test_learnt_offset_of_a_terminal_elsewhere(self) -> None:
        rig = await begun(3)
        for number in range(4, 12):
            rig.pass_time(60)
            rig.punch(number, ago=-5400 + 3, sn="IN1")
            await rig.poll()
        assert rig.out.rows_out[-1][1]["offsets"] == "IN1:19800"
        rig.started()
        rig.pass_time(60)
        rig.punch(12, ago=-5400 + 3, sn="IN1")
        await rig.poll()
        assert rig.out.rows_out[-1][1]["offsets"] == "IN1:19800"


class TestRequests:
    async def test_quiet_poll_is_cheap(self) -> None:
        rig = await begun(50)
        rig.pass_time(30)
        await rig.poll()
        rig.listed.asked.clear()
        rig.pass_time(30)
        await rig.poll()
        assert len(rig.listed.asked) <= 4

    async def test_a_big_day_is_counted_not_read(self) -> None:
        rig = await begun(400)
        rig.pass_time(30)
        await rig.poll()
        rig.listed.asked.clear()
        rig.pass_time(30)
        await rig.poll()
        assert len(rig.listed.asked) <= 3
        rig.pass_time(3601)
        await rig.poll()
        assert len(rig.listed.asked) > 20


async def test_dst_hour_lived_twice() -> None:
    """The server's upload times go back an hour: rows that arrive in it sort below the watermark."""
    rig = Rig(zone="Europe/Berlin")
    rig.now = 1_792_889_400.0  # 2026-10-25T00:50Z: 02:50 summer time
    rig.punch(1)
    await rig.settle()
    for number in range(2, 20):
        rig.pass_time(300)
        rig.punch(number, ago=50 * 86_400)
        rig.listed.asked.clear()
        await rig.poll()
        assert rig.out.ids[number] == 1
        assert not [asked for asked in rig.listed.asked if not asked["ordering"] and "start_time" not in asked]
