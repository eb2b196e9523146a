"""Access controllers: registry, session, token, door events, tables."""

import hashlib
from pathlib import Path
from typing import Any

from simulate.fleet.events import read_events
from simulate.fleet.life import Life
from tests.unit.simulate.fleets import run_until
from tests.unit.simulate.whole_edge import Seen, WholeEdge

HALF: dict[str, Any] = {"terminals": 4, "access_share": 0.5}


def token(session: str) -> str:
    return "token=" + hashlib.md5(f"c0deSIM00000002{session}".encode()).hexdigest()


def controller(edge: WholeEdge) -> list[Seen]:
    """The requests of the first controller."""
    return [one for one in edge.seen if one.query["SN"] == "SIM00000002"]


async def test_registry_push_and_token(tmp_path: Path) -> None:
    edge = WholeEdge()
    await run_until(edge, tmp_path, lambda: len(controller(edge)) > 8, "polls", terminals=2, access_share=0.5)
    first, registry, push, poll, *_ = controller(edge)
    assert first.query == {
        "SN": "SIM00000002",
        "options": "all",
        "pushver": "3.1.2",
        "DeviceType": "acc",
        "PushOptionsFlag": "1",
    }
    assert "Cookie" not in first.headers
    assert (registry.method, registry.name) == ("POST", "registry")
    assert registry.body.startswith(b"DeviceType=acc,~DeviceName=F22,")
    assert (push.name, push.headers["Cookie"]) == ("push", token(""))
    assert (poll.name, poll.headers["Cookie"]) == ("getrequest", token("s2"))


async def test_a_registered_controller_goes_straight_to_its_session(tmp_path: Path) -> None:
    edge = WholeEdge(registered=True)
    await run_until(edge, tmp_path, lambda: len(controller(edge)) > 3, "polls", terminals=2, access_share=0.5)
    assert [one.name for one in controller(edge)[:3]] == ["cdata", "push", "getrequest"]
    assert controller(edge)[1].headers["Cookie"] == token("s1")


async def test_door_events_and_users_are_in_the_ledger_and_arrive(tmp_path: Path) -> None:
    edge = WholeEdge(reply=lambda one: (503, b"") if len(edge.seen) % 9 == 0 else None)
    for _ in range(2):  # the second run goes on behind the first one's indexes
        seen = len(edge.seen)
        await run_until(
            edge,
            tmp_path,
            lambda seen=seen: len(edge.seen) > seen + 200,  # type: ignore[misc] # mypy infers no type for a default
            "door events",
            rate=20,
            life=Life(doors=60, enrolments=10),
            **HALF,
        )
    ledger = read_events(tmp_path)
    rows = [line for one in edge.of("cdata", table="rtlog") for line in one.lines]
    doors = set()
    for one in edge.of("cdata", table="rtlog"):
        row = dict(pair.split("=", 1) for pair in one.lines[0].split("\t"))
        doors.add(("door", one.query["SN"], f"{row['index']}/{row['time'].replace(' ', 'T')}"))
    assert len(rows) > 50
    assert doors == {event for event in ledger.made if event[0] == "door"}
    assert ledger.made == ledger.acked
    assert len({name.split("/")[0] + serial for kind, serial, name in doors}) == len(doors), "two of one index"
    assert edge.of("cdata", table="rtstate")
    new = edge.of("cdata", table="tabledata", tablename="user", count="1")
    assert new[0].body.startswith(b"user uid=")
    assert {one.query["SN"] for one in edge.of("cdata", table="ATTLOG")} == {"SIM00000001", "SIM00000003"}


async def test_commands(tmp_path: Path) -> None:
    edge = WholeEdge()
    commands = [
        "DATA UPDATE user CardNo=5\tPin=41\tName=Ann",
        "DATA UPDATE userauthorize Pin=41\tAuthorizeTimezoneId=1\tAuthorizeDoorId=3",
        "DATA UPDATE userauthorize Pin=404\tAuthorizeDoorId=3",
        "DATA QUERY tablename=user,fieldname=*,filter=Pin=41",
        "DATA COUNT user",
        "GET OPTIONS ~SerialNumber,MAC",
        "SET OPTIONS VOLUME=5,LockOn=2",
        "CONTROL DEVICE 01010105",
        "DATA DELETE user Pin=41",
        "DATA UPDATE nothing a=1",
        "DANCE",
    ]
    sent = False

    def once(one: Seen) -> tuple[int, bytes] | None:
        nonlocal sent
        if one.name == "getrequest" and one.query["SN"] == "SIM00000002" and not sent:
            sent = True
            return 200, "".join(f"C:{n}:{text}\n" for n, text in enumerate(commands, 1)).encode()
        return None

    edge.reply = once
    await run_until(edge, tmp_path, lambda: edge.results != [], "answers", terminals=2, access_share=0.5)
    lines = edge.results[0].decode().splitlines()
    assert lines == [
        "ID=1&Return=0&CMD=DATA UPDATE",
        "ID=2&Return=0&CMD=DATA UPDATE",
        "ID=3&Return=-10&CMD=DATA UPDATE",
        "ID=4&Return=1&CMD=DATA QUERY",
        "ID=5&Return=21&CMD=DATA COUNT",
        "ID=6&Return=0&CMD=GET OPTIONS",
        "ID=7&Return=0&CMD=SET OPTIONS",
        "ID=8&Return=0&CMD=CONTROL DEVICE",
        "ID=9&Return=0&CMD=DATA DELETE",
        "ID=10&Return=-1004&CMD=DATA UPDATE",
        "ID=11&Return=-22&CMD=UNKNOWN CMD",
    ]
    query, count, options = edge.of("querydata")
    assert (query.query["type"], query.query["cmdid"], query.query["tablename"]) == ("tabledata", "4", "user")
    assert query.body == b"user cardno=5\tpin=41\tname=Ann\r\n"
    assert (count.query["type"], count.body) == ("count", b"user=21")
    assert options.body == b"~SerialNumber=SIM00000002,MAC=00:17:61:00:00:02"
    assert edge.of("ping")
    assert "event=8\t" in edge.of("cdata", table="rtlog")[0].lines[0], "the remote opening is an event"


async def test_a_table_is_acknowledged_by_its_name_and_count_only(tmp_path: Path) -> None:
    edge = WholeEdge(reply=lambda one: (200, b"OK") if "tablename" in one.query else None)
    await run_until(
        edge,
        tmp_path,
        lambda: len(edge.of("cdata", table="tabledata")) > 3,
        "tries",
        drain_seconds=0.5,
        life=Life(enrolments=50),
        **HALF,
    )
    controllers = {"SIM00000002", "SIM00000004"}
    assert not [event for event in read_events(tmp_path).acked if event[1] in controllers]
