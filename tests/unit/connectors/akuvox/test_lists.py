"""The readers beside the logs: users and whose a door event is, schedules, samples, identity and clock."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.akuvox.client import AkuvoxClient
from connectors.akuvox.usermap import load_entries, pieces_of
from schemas.polled import PolledTable
from tests.unit.connectors.akuvox.rig import TurnedClock, stations, working
from wire.akuvox.keys import build_key


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


async def test_users_go_out_when_they_change_and_without_codes(clock: TurnedClock, tmp_path: Path) -> None:
    async with stations(tmp_path, clock, people=25) as found, working(found, tmp_path, clock) as worker:
        first = await worker.job("users").run()
        assert (first.rows, first.again) == (0, True)  # a few pages at a time
        assert (await worker.run("users")).rows == 25
        assert (await worker.run("users")).rows == 0
        users = found[0].lists["user"].items
        users[3]["CardCode"] = "00AB12CD"
        gone = users[7]
        found[0].lists["user"].delete({"ID": gone["ID"]})
        assert (await worker.run("users")).rows == 2
        changed, deleted = worker.out.rows_of(PolledTable.AKUVOX_USERS)[25:]
        assert changed["UserID"] == users[3]["UserID"]
        assert deleted == {"UserID": gone["UserID"], "@deleted": True}
        told = str(worker.out.written) + str(worker.state.kept)
        for user in found[0].lists["user"].items:
            assert user["CardCode"] not in told
            assert user["PrivatePIN"] not in told


async def test_door_events_carry_the_user_whose_name_or_code_it_is(clock: TurnedClock, tmp_path: Path) -> None:
    async with stations(tmp_path, clock, people=4) as found, working(found, tmp_path, clock) as worker:
        ann, bob, other_bob, cid = found[0].lists["user"].items
        ann["Name"], bob["Name"], other_bob["Name"], cid["Name"] = "Ann", "Bob", "Bob", "Cid"
        await worker.run("users")
        await worker.restart()  # the map is kept
        for user in (ann, bob):
            found[0].door_event(user_id=user["UserID"], method="card", granted=True)
            found[0].door_event(user_id=user["UserID"], method="face", granted=True)
        found[0].door_event(user_id="stranger", method="card", granted=False)
        ann["Name"] = "Zoe"  # another name, a face: nobody's
        found[0].door_event(user_id=ann["UserID"], method="face", granted=True)
        ann["Name"] = "Cid"  # her card, his name: the station knew somebody else then
        found[0].door_event(user_id=ann["UserID"], method="card", granted=True)
        await worker.poll()
        assert [row.get("@user", "") for row in worker.out.rows_of()] == [
            ann["UserID"], ann["UserID"], bob["UserID"], "", "", "", "",
        ]  # fmt: skip


def test_entries_are_kept_in_bounded_pieces() -> None:
    entries = {str(number): ["0" * 12, "1" * 16, "2" * 16] for number in range(1000)}
    values = pieces_of("users", entries, {"pieces": 50}, 10_000)
    assert values["users.49"] is None
    assert all(value is None or len(str(value)) < 10_000 for value in values.values())
    assert load_entries("users", values.get) == entries
    assert load_entries("users", lambda _: None) == {}


async def test_schedules_are_hashed_and_told_once(clock: TurnedClock, tmp_path: Path) -> None:
    async with (
        stations(tmp_path, clock) as found,
        working(found, tmp_path, clock, readers=("schedules",)) as worker,
    ):
        async with AkuvoxClient(worker.settings, monotonic=clock.monotonic) as client:
            await client.add_rf_keys([build_key(name="Ann", code="00AB12CD", days=("Mon",))])
            await client.add_private_keys([build_key(name="Bob", code="4711")])
        assert (await worker.run("schedules")).rows == 2
        assert (await worker.run("schedules")).rows == 0
        rows = worker.out.rows_of(PolledTable.AKUVOX_SCHEDULES)
        assert [row["@kind"] for row in rows] == ["rfkey", "privatekey"]
        assert "00AB12CD" not in str(worker.out.written)


async def test_samples_go_out_when_something_changed(clock: TurnedClock, tmp_path: Path) -> None:
    async with stations(tmp_path, clock) as found, working(found, tmp_path, clock) as worker:
        assert (await worker.run("samples")).rows == 1
        assert (await worker.run("samples")).rows == 0
        found[0].open_relay(1, 5)
        assert (await worker.run("samples")).rows == 1
        before, after = (each.body for each in worker.out.of(PolledTable.AKUVOX_SAMPLE))
        assert (before["relay"]["RelayA"], after["relay"]["RelayA"]) == (0, 1)
        assert after["call"] == "READY"


async def test_info_tells_skew_and_a_restart_voids_what_was_assumed(clock: TurnedClock, tmp_path: Path) -> None:
    async with stations(tmp_path, clock) as found, working(found, tmp_path, clock) as worker:
        found[0].step_clock(90)
        await worker.run("info")
        (written,) = worker.out.of(PolledTable.AKUVOX_INFO)
        assert written.body["info"]["Status"]["MAC"].replace(":", "") == found[0].mac
        assert written.body["status"]["SystemTime"] - written.body["@at"] / 1000 == 90
        assert worker.told.skews == [90]
        puts = len(worker.state.puts)
        clock.seconds += 300
        await worker.run("info")
        assert len(worker.state.puts) == puts
        found[0].reboot()
        clock.seconds += 100
        await worker.run("info")
        kept = worker.state.get("station")
        assert kept is not None
        assert kept["booted_at"] == clock.seconds - 99
