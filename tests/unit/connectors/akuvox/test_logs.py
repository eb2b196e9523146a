"""The readers of door log and call log against simulated stations: fixtures of spec/connectors.md, one promise each."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.errors import ApiBlocked, DialectWeb, Unreachable, WrongStation
from schemas.polled import PolledTable, SourceStatus
from simulate.akuvox.gate import Auth
from simulate.akuvox.ledger import read_ledger
from simulate.akuvox.station import Station
from tests.unit.connectors.akuvox.rig import SLOW, Crash, Quirks, TurnedClock, quirk, stations, working

CALLS = PolledTable.AKUVOX_CALLLOG


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


def asked(station: Station, clock: TurnedClock) -> list[int]:
    """Counts requests from now on. Digest's first 401 is none: it is answered before a page is made."""
    count = [0]

    def one() -> None:
        count[0] += 1

    quirk(station, slow_seconds=SLOW)
    clock.meanwhile = one
    return count


async def test_a04_reads_on_until_a_row_is_known_and_emits_oldest_first(clock: TurnedClock, tmp_path: Path) -> None:
    async with (
        stations(tmp_path, clock, auth=Auth(mode="none"), rows_at_start=30) as found,
        working(found, tmp_path, clock) as worker,
    ):
        assert await worker.poll() == 30
        assert worker.out.gaps() == []  # the first read ever is none
        for _ in range(12):
            found[0].door_event()
        count = asked(found[0], clock)
        assert await worker.poll() == 12
        assert worker.out.ids()[30:] == list(range(31, 43))
        assert count == [2]
    assert worker.told.statuses == []


async def test_a_quiet_poll_is_one_request_and_writes_nothing(clock: TurnedClock, tmp_path: Path) -> None:
    async with (
        stations(tmp_path, clock, auth=Auth(mode="none"), rows_at_start=30) as found,
        working(found, tmp_path, clock) as worker,
    ):
        await worker.poll()
        puts, written = len(worker.state.puts), len(worker.out.written)
        count = asked(found[0], clock)
        for _ in range(5):
            clock.seconds += 5
            assert await worker.poll() == 0
        assert count == [5]
        assert (len(worker.state.puts), len(worker.out.written)) == (puts, written)


async def test_a07_equal_seconds_are_two_rows_and_codes_are_hashed(clock: TurnedClock, tmp_path: Path) -> None:
    async with stations(tmp_path, clock) as found, working(found, tmp_path, clock) as worker:
        await worker.poll()
        user = found[0].lists["user"].items[0]
        for _ in range(2):
            found[0].door_event(user_id=user["UserID"], method="card", granted=True, relay=1)
        assert await worker.poll() == 2
        first, second = worker.out.rows_of()
        assert (first["ID"], second["ID"]) == ("1", "2")
        assert (first["Date"], first["Time"], first["Name"]) == (second["Date"], second["Time"], second["Name"])
        assert user["CardCode"] not in str(worker.out.written)
        assert first["Code"] == second["Code"] != ""
        (written,) = worker.out.of(PolledTable.AKUVOX_DOORLOG)
        assert written.redacted == "Code"


async def test_a12_a_hint_makes_the_log_be_read_and_gives_no_row_of_its_own(clock: TurnedClock, tmp_path: Path) -> None:
    async with stations(tmp_path, clock) as found, working(found, tmp_path, clock) as worker:
        await worker.poll()
        found[0].door_event()
        hint = {"event": "face_valid", "userid": "5", "@at": "1770000000000"}
        jobs = worker.source.hinted(hint)
        assert jobs == ["doorlog"]
        assert (await worker.run(*jobs, "hints")).rows == 1
        assert len(worker.out.rows_of()) == 1
        assert worker.out.of(PolledTable.AKUVOX_HINT) == []
        assert worker.source.hinted({"event": "make_call"}) == ["doorlog", "calllog", "samples"]
        assert worker.source.hinted({"event": "relay_a_triggered"}) == ["doorlog", "samples"]


async def test_a_station_without_a_door_log_is_told_by_its_hints(clock: TurnedClock, tmp_path: Path) -> None:
    quirks = Quirks(unsupported=("doorlog",))
    async with (
        stations(tmp_path, clock, quirks=quirks) as found,
        working(found, tmp_path, clock, punches={"*": "in"}, site="hq") as worker,
    ):
        hint = {"event": "face_valid", "userid": "5", "code": "4711", "@at": "1770000000000"}
        assert worker.source.hinted(hint) == ["doorlog", "hints"]  # before it is known what the station has
        assert (await worker.run("hints")).rows == 0
        assert (await worker.run("doorlog")).rows == 0
        assert (await worker.run("hints")).rows == 1
        (written,) = worker.out.of(PolledTable.AKUVOX_HINT)
        assert written.body == [{"event": "face_valid", "userid": "5", "@at": 1770000000000}]
        assert written.notes["punches"] == "*:in"
        assert written.notes["site"] == "hq"
        assert worker.out.of(PolledTable.WATERMARKS) == []  # nobody knows what was not hinted
        await worker.run("info")
        await worker.restart()
        count = asked(found[0], clock)
        await worker.run("doorlog")
        assert count[0] <= 4, "identity and clock (Digest each), no door log: that was remembered"


async def test_hints_that_came_before_the_log_was_read_are_of_no_use_then(clock: TurnedClock, tmp_path: Path) -> None:
    async with stations(tmp_path, clock) as found, working(found, tmp_path, clock) as worker:
        worker.source.hinted({"event": "face_valid", "userid": "5"})
        await worker.run("doorlog", "hints")
        quirk(found[0], unsupported=("doorlog",))
        await worker.run("doorlog", "hints")
        assert worker.out.of(PolledTable.AKUVOX_HINT) == []


async def test_another_firmware_is_asked_again_for_what_the_old_one_lacked(clock: TurnedClock, tmp_path: Path) -> None:
    async with (
        stations(tmp_path, clock, quirks=Quirks(unsupported=("doorlog",), reboot_seconds=0)) as found,
        working(found, tmp_path, clock) as worker,
    ):
        await worker.poll()
        quirk(found[0], unsupported=())
        found[0].upgrade()
        found[0].door_event()
        clock.seconds += 5
        assert await worker.poll() == 0
        await worker.run("info")
        assert await worker.poll() == 1


@pytest.mark.parametrize(("http", "error"), [(403, ApiBlocked), (308, DialectWeb)])
async def test_a14_blocked_and_web_only_are_told_apart_and_move_nothing(
    http: int, error: type[Exception], clock: TurnedClock, tmp_path: Path
) -> None:
    async with (
        stations(tmp_path, clock, auth=Auth(mode="none"), rows_at_start=3) as found,
        working(found, tmp_path, clock) as worker,
    ):
        quirk(found[0], http=http)
        with pytest.raises(error):
            await worker.poll()
        assert worker.out.written == []
        quirk(found[0], http=200)
        assert await worker.poll() == 3


async def test_another_mac_at_the_address_gives_no_row(clock: TurnedClock, tmp_path: Path) -> None:
    async with (
        stations(tmp_path, clock, rows_at_start=3) as found,
        working(found, tmp_path, clock) as worker,
    ):
        await worker.poll()
        found[0].change_mac("0C1105FFFFFF")
        found[0].door_event()
        for _ in range(2):
            with pytest.raises(WrongStation):
                await worker.poll()
        assert len(worker.out.rows_of()) == 3
        assert worker.out.gaps() == []


async def test_cleared_log_is_a_gap_told_once(clock: TurnedClock, tmp_path: Path) -> None:
    async with stations(tmp_path, clock, rows_at_start=5) as found, working(found, tmp_path, clock) as worker:
        await worker.poll()
        found[0].clear("door")
        await worker.poll()
        await worker.poll()
        (gap,) = worker.out.gaps()
        assert gap["last_known"]["ID"] == "5"
        assert (gap["oldest_available"], gap["num"]) == (None, 0)
        assert [status for status, _ in worker.told.statuses] == [SourceStatus.GAP]
        found[0].door_event()  # with the next ID: nothing was lost since
        assert await worker.poll() == 1
        assert len(worker.out.gaps()) == 1


async def test_rolled_over_log_is_a_gap_and_everything_visible(clock: TurnedClock, tmp_path: Path) -> None:
    async with (
        stations(tmp_path, clock, rows_at_start=5, quirks=Quirks(ring=100)) as found,
        working(found, tmp_path, clock) as worker,
    ):
        await worker.poll()
        for _ in range(150):
            found[0].door_event()
        assert await worker.poll() == 100
        (gap,) = worker.out.gaps()
        assert (gap["last_known"]["ID"], gap["oldest_available"]["ID"], gap["num"]) == ("5", "56", 100)
        assert "50 IDs" in gap["why"]
        assert [each.table for each in worker.out.written][-2:] == [PolledTable.GAP, PolledTable.AKUVOX_DOORLOG]


async def test_ids_that_begin_anew_are_another_epoch(clock: TurnedClock, tmp_path: Path) -> None:
    async with (
        stations(tmp_path, clock, rows_at_start=5, quirks=Quirks(restart_ids=True)) as found,
        working(found, tmp_path, clock) as worker,
    ):
        await worker.poll()
        found[0].clear("door")
        for _ in range(3):
            found[0].door_event()
        await worker.poll()
        assert set(worker.out.refs(PolledTable.AKUVOX_DOORLOG)) == {
            *(("1", str(number)) for number in range(1, 6)),
            *(("2", str(number)) for number in range(1, 4)),
        }


async def test_a_clock_set_back_hides_nothing_and_its_skew_goes_with_the_rows(
    clock: TurnedClock, tmp_path: Path
) -> None:
    async with stations(tmp_path, clock, rows_at_start=5) as found, working(found, tmp_path, clock) as worker:
        await worker.poll()
        found[0].step_clock(-3600)
        clock.seconds += 65
        found[0].door_event()
        assert await worker.poll() == 1
        assert worker.out.of(PolledTable.AKUVOX_DOORLOG)[-1].notes["skew"] == "-3600"
        assert worker.told.skews[-1] == -3600


async def test_ignored_pages_are_whole_reads_for_this_firmware(clock: TurnedClock, tmp_path: Path) -> None:
    async with (
        stations(tmp_path, clock, rows_at_start=25, quirks=Quirks(ignores_page=True), auth=Auth(mode="none")) as found,
        working(found, tmp_path, clock) as worker,
    ):
        assert await worker.poll() == 25
        found[0].door_event()
        assert await worker.poll() == 1
        kept = worker.state.get("doorlog")
        assert kept is not None
        assert kept["whole_for"] == found[0].identity.firmware
        await worker.restart()
        found[0].door_event()
        assert await worker.poll() == 1
        quirk(found[0], ignores_page=False, reboot_seconds=0.0)
        found[0].upgrade()
        await worker.run("info")
        found[0].door_event()
        assert await worker.poll() == 1
        kept = worker.state.get("doorlog")
        assert kept is not None
        assert kept["whole_for"] is None
        assert worker.out.ids() == list(range(1, 29))


async def test_a_crash_between_emit_and_save_repeats_the_same_ids(clock: TurnedClock, tmp_path: Path) -> None:
    async with stations(tmp_path, clock, rows_at_start=5) as found, working(found, tmp_path, clock) as worker:
        await worker.poll()
        found[0].door_event()
        worker.state.crash()
        with pytest.raises(Crash):
            await worker.poll()
        await worker.restart()
        found[0].door_event()
        await worker.poll()
        assert worker.out.ids() == [1, 2, 3, 4, 5, 6, 6, 7]
        assert {each.notes["epoch"] for each in worker.out.of(PolledTable.AKUVOX_DOORLOG)} == {"1"}


async def test_a_crash_and_another_restart_of_ids_give_no_id_twice(clock: TurnedClock, tmp_path: Path) -> None:
    async with (
        stations(tmp_path, clock, rows_at_start=5, quirks=Quirks(restart_ids=True)) as found,
        working(found, tmp_path, clock) as worker,
    ):
        await worker.poll()
        for rows in (3, 2):
            clock.seconds += 5
            found[0].clear("door")
            for _ in range(rows):
                found[0].door_event()
            if rows == 3:
                worker.state.crash()
                with pytest.raises(Crash):
                    await worker.poll()
                await worker.restart()
            else:
                await worker.poll()
        refs = worker.out.refs(PolledTable.AKUVOX_DOORLOG)
        assert refs.total() == len(refs) == 5 + 3 + 2


async def test_watermark_is_the_start_of_a_poll_without_a_gap_once_a_minute(clock: TurnedClock, tmp_path: Path) -> None:
    async with stations(tmp_path, clock, rows_at_start=5) as found, working(found, tmp_path, clock) as worker:
        for _ in range(13):
            await worker.poll()
            clock.seconds += 5
        marks = [each.body for each in worker.out.of(PolledTable.WATERMARKS)]
        start = 1_790_000_000_000
        key = worker.settings.key
        assert marks == [[{"device": key, "watermark": start}], [{"device": key, "watermark": start + 60_000}]]
        clock.seconds += 60
        found[0].clear("door")
        await worker.poll()
        assert len(worker.out.of(PolledTable.WATERMARKS)) == 2  # what came before the clear nobody knows


async def test_a_full_ring_is_measured_and_told_when_it_is_too_short(clock: TurnedClock, tmp_path: Path) -> None:
    async with (
        stations(tmp_path, clock, rows_at_start=40, quirks=Quirks(ring=40)) as found,
        working(found, tmp_path, clock) as worker,
    ):
        await worker.poll()
        for _ in range(3):
            clock.seconds += 5
            for _ in range(15):
                found[0].door_event()
            await worker.poll()
        kept = worker.state.get("doorlog")
        assert kept is not None
        assert (kept["ring"], kept["peak"]) == (40, 3.0)  # 13 s: less than three polls


async def test_an_error_moves_nothing_and_identity_is_asked_for_again(clock: TurnedClock, tmp_path: Path) -> None:
    async with stations(tmp_path, clock, rows_at_start=5) as found, working(found, tmp_path, clock) as worker:
        await worker.poll()
        found[0].offline(10)
        with pytest.raises(Unreachable):
            await worker.poll()
        clock.seconds += 20
        found[0].change_mac("0C1105FFFFFF")
        with pytest.raises(WrongStation):
            await worker.poll()


async def test_orders_rescan_and_new_epoch(clock: TurnedClock, tmp_path: Path) -> None:
    async with stations(tmp_path, clock, rows_at_start=25) as found, working(found, tmp_path, clock) as worker:
        await worker.poll()
        worker.order(rescan={"n": 1, "days": 7})
        assert await worker.poll() == 0
        assert await worker.poll() == 0
        worker.order(epoch={"n": 1, "from": "2000-01-01"})
        assert await worker.poll() == 25
        assert worker.out.gaps() == []
        found[0].door_event()
        assert await worker.poll() == 1
        refs = worker.out.refs(PolledTable.AKUVOX_DOORLOG)
        assert set(refs.values()) == {1}
        assert ("2", "26") in refs
        worker.order(epoch={"n": 2, "from": "2100-01-01"})
        assert await worker.poll() == 0


async def test_calls_have_a_cursor_of_their_own(clock: TurnedClock, tmp_path: Path) -> None:
    async with stations(tmp_path, clock) as found, working(found, tmp_path, clock) as worker:
        found[0].call_event("Received", "192.168.1.98")
        found[0].door_event()
        assert (await worker.run("calllog")).rows == 1
        assert (await worker.run("calllog")).rows == 0
        assert (await worker.run("doorlog")).rows == 1
        (written,) = worker.out.of(CALLS)
        assert written.notes["log"] == "call"
        assert written.body[0]["Num"].startswith("192.168.1.98")


async def test_rows_without_a_readable_time_are_not_lost_by_a_restart_of_ids(
    clock: TurnedClock, tmp_path: Path
) -> None:
    quirks = Quirks(date_form="dashes", restart_ids=True)
    async with (
        stations(tmp_path, clock, rows_at_start=30, quirks=quirks, people=2) as found,
        working(found, tmp_path, clock) as worker,
    ):
        await worker.poll()
        for rows in (17, 25):
            found[0].clear("door")
            for _ in range(rows):
                found[0].door_event()
            await worker.poll()
        refs = worker.out.refs(PolledTable.AKUVOX_DOORLOG)
        assert refs.total() == len(refs) == 30 + 17 + 25
    assert not [row for row in read_ledger(tmp_path / "ledger").rows if row.unseeable]
