"""All that a fleet sends besides punches, against a server that takes it; the ledger tells the same."""

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest

from simulate.fleet.events import read_events
from simulate.fleet.life import Faults, Life
from simulate.fleet.pictures import jpeg
from tests.unit.simulate.clocks import FastClock
from tests.unit.simulate.fleets import run_until
from tests.unit.simulate.whole_edge import OPTIONS, Seen, WholeEdge

LINE = re.compile(r"OPLOG (\d+)\t\d\t(\S+) (\S+)\t")


def arrived(edge: WholeEdge) -> set[tuple[str, str, str]]:
    """What the server saw, named as in the ledger, computed apart from the fleet's own code."""
    found: set[tuple[str, str, str]] = set()
    for one in edge.of("cdata") + edge.of("fdata"):
        serial = one.query["SN"]
        table = one.query.get("table", "")
        if table == "ATTPHOTO":
            found.add(("photo", serial, one.body.split(b"\n")[0].removeprefix(b"PIN=").decode()))
            continue
        for line in one.lines if one.method == "POST" and table != "ATTLOG" else []:
            pin = line.partition("PIN=")[2].split("\t")[0]
            if log := LINE.match(line):
                found.add(("operation", serial, f"{log[2]}T{log[3]}/{log[1]}"))
            elif line.startswith("FP "):
                found.add(("fingerprint", serial, f"{pin}/{line.partition('FID=')[2].split(chr(9))[0]}"))
            elif line.startswith(("USER ", "PIN=")):
                found.add(("user", serial, pin))
            elif line.startswith("ERRORLOG "):
                code, number = line.partition("ErrCode=")[2].split("\t")[0], line.partition("CmdId=")[2].split("\t")[0]
                found.add(("error", serial, f"{code}/{number}"))
    return found


async def test_everything_that_happens_is_in_the_ledger_and_arrives(tmp_path: Path) -> None:
    def sometimes_busy(one: Seen) -> tuple[int, bytes] | None:
        return (503, b"") if one.method == "POST" and len(edge.seen) % 7 == 0 else None

    edge = WholeEdge(reply=sometimes_busy)
    rates: dict[str, Any] = dict.fromkeys(("enrolments", "changes", "operations", "alarms", "errors"), 40.0)
    result = await run_until(
        edge,
        tmp_path,
        lambda: len(edge.seen) > 600 and bool(edge.of("fdata")),  # the old endpoint for photos is one terminal's
        "life",
        terminals=8,
        rate=40,
        life=Life(photo_share=0.5, power_on=True, **rates),
    )
    ledger = read_events(tmp_path)
    assert {kind for kind, _, _ in ledger.made} == {"operation", "photo", "user", "fingerprint", "error"}
    assert ledger.made == ledger.acked == arrived(edge)
    operations = [kind for kind, _, _ in ledger.made].count("operation")
    assert operations == result.counts.events["operation"][0], "two lines of one terminal in one second"
    assert result.counts.given_up == 0
    assert {kind: made for kind, (made, _) in result.counts.events.items()} == {
        kind: acked for kind, (_, acked) in result.counts.events.items()
    }
    tables = {one.query.get("table") for one in edge.seen}
    assert {"OPERLOG", "USERINFO", "FINGERTMP", "BIODATA", "BIOPHOTO", "ERRORLOG", "ATTPHOTO"} <= tables
    status = json.loads((tmp_path / "status.json").read_bytes())
    assert status["events"]["photo"] == result.counts.events["photo"]


async def test_photos_follow_their_punch_as_pictures(tmp_path: Path) -> None:
    edge = WholeEdge()
    photos: list[Seen] = []
    await run_until(
        edge,
        tmp_path,
        lambda: len(edge.of("cdata", table="ATTPHOTO") + edge.of("fdata", table="ATTPHOTO")) > 20,
        "photos",
        rate=100,
        life=Life(photo_share=1),
    )
    photos = edge.of("cdata", table="ATTPHOTO") + edge.of("fdata", table="ATTPHOTO")
    rows = {
        f"{time.translate(str.maketrans('', '', '-: '))}-{pin.strip()}"
        for one in edge.of("cdata", table="ATTLOG")
        for pin, time in (line.split("\t")[:2] for line in one.lines)
    }
    for photo in photos:
        text, _, picture = photo.body.partition(b"\0")
        name, serial, size, kind = text.decode().split("\n")
        assert name.removeprefix("PIN=") in rows
        assert (serial, kind) == (f"SN={photo.query['SN']}", "CMD=realupload")
        assert int(size.removeprefix("size=")) == len(picture)
        assert picture.startswith(b"\xff\xd8\xff\xe0")
        assert picture.endswith(b"\xff\xd9")


def test_pictures_are_whole_jpegs() -> None:
    picture = jpeg("x")
    assert jpeg("x") == picture != jpeg("y")
    place, markers = 2, []
    while picture[place + 1] != 0xDA:  # every segment says how long it is, up to the scan
        markers.append(picture[place + 1])
        place += 2 + int.from_bytes(picture[place + 2 : place + 4], "big")
    assert markers == [0xE0, 0xDB, 0xFE, 0xC0, 0xC4, 0xC4]
    assert len(picture) - place == 13


@pytest.mark.parametrize(
    ("flag", "kinds"),
    [
        ("1111111111", {"operation", "user", "fingerprint", "photo"}),
        ("1100000000", {"operation"}),
        ("TransData AttLog\tOpLog\tEnrollUser", {"operation", "user"}),
        ("AttLog\tOpLog\tEnrollUser", set()),  # words alone are all off for integer firmware (H8)
    ],
)
async def test_only_what_the_server_wants_goes_up(tmp_path: Path, flag: str, kinds: set[str]) -> None:
    edge = WholeEdge(options=OPTIONS.replace("1111111111", flag))
    await run_until(
        edge,
        tmp_path,
        lambda: len(edge.of("cdata", table="ATTLOG")) > 30,
        "punches",
        rate=100,
        life=Life(photo_share=0.5, enrolments=20, operations=20),
    )
    assert {kind for kind, _, _ in arrived(edge)} == kinds


async def test_what_a_server_will_never_take_is_given_up(tmp_path: Path) -> None:
    edge = WholeEdge(reply=lambda one: (400, b"no") if one.query.get("table") == "ERRORLOG" else None)
    result = await run_until(
        edge,
        tmp_path,
        lambda: len(edge.of("cdata", table="ATTLOG")) > 50 and len(edge.of("cdata", table="ERRORLOG")) > 20,
        "life goes on",
        rate=50,
        drain_seconds=2,
        life=Life(errors=2),
    )
    assert result.counts.given_up >= 2
    assert result.waiting == 0


async def test_a_status_of_200_alone_is_no_acknowledgement(tmp_path: Path) -> None:
    edge = WholeEdge(reply=lambda one: (200, b"ERROR\n") if one.query.get("table") == "OPERLOG" else None)
    result = await run_until(
        edge, tmp_path, lambda: len(edge.of("cdata", table="OPERLOG")) > 9, "tries", drain_seconds=1,
        life=Life(operations=50),
    )  # fmt: skip
    assert read_events(tmp_path).acked == set()
    assert result.counts.events["operation"][1] == 0


def service(number: int, style: int, text: str) -> bytes:
    data = base64.b64encode(text.encode()).decode()
    return f"DATA UPDATE SELFSERVICEDATA ServiceNum={number}\tPIN=1\tStyle={style}\tData={data}\n".encode()


async def test_people_ask_and_the_answers_are_counted(tmp_path: Path) -> None:
    def answers(one: Seen) -> tuple[int, bytes] | None:
        if one.query.get("type") == "LastPunch":
            return 200, b"status=0\nname=Ann\tpin=1" if len(edge.of("cdata", type="LastPunch")) % 2 else b"status=1\n"
        if one.query.get("table") == "SELFSERVICEDATA":
            menu = one.query["ServiceNum"] == "0"
            return 200, service(0, 2, "ID=3&CMD=Hours;ID=4&CMD=Leave") if menu else service(4, 1, "Monday,8:00")
        if one.query.get("table") == "RemoteAtt":
            return 200, b"DATA UPDATE USERINFO PIN=7\tName=Bo\n"
        if one.query.get("AuthType") == "device":
            return (200, b"AUTH=SUCCESS\r\n") if len(edge.of("cdata", AuthType="device")) % 2 else (500, b"")
        return None

    edge = WholeEdge(reply=answers)
    rates: dict[str, Any] = dict.fromkeys(("last_punches", "self_services", "remote_atts", "auth_types"), 20.0)
    result = await run_until(
        edge,
        tmp_path,
        lambda: len(edge.results) > 20 and len(edge.of("cdata", AuthType="device")) > 4,
        "dialogues",
        terminals=3,
        life=Life(**rates),
    )
    lookups = result.counts.lookups
    # the stop may cut off one exchange of each of the three terminals
    assert 0 <= len(edge.of("cdata", type="LastPunch")) - lookups["last_punches"].count <= 3
    assert 0 < lookups["last_punches"].none < lookups["last_punches"].count
    assert (lookups["remote_atts"].none, lookups["remote_atts"].failed) == (0, 0)
    assert lookups["auth_types"].failed > 0
    assert lookups["remote_atts"].latencies.all_ms(0.99) >= lookups["remote_atts"].latencies.all_ms(0.5) > 0
    steps = [one.query["ServiceNum"] for one in edge.of("cdata", table="SELFSERVICEDATA")]
    assert set(steps) == {"0", "3", "4"}
    assert edge.results[0] == b"ID=501&Return=0&CMD=ServiceNum\n"
    assert 0 <= sum(step != "0" for step in steps) - len(edge.results) <= 3
    status = json.loads((tmp_path / "status.json").read_bytes())
    assert status["lookups"]["last_punches"].keys() == {"count", "none", "failed", "p50", "p95", "p99"}


async def test_stamps_are_text_of_the_handshake_and_then_of_the_last_upload(tmp_path: Path) -> None:
    edge = WholeEdge()
    await run_until(
        edge,
        tmp_path,
        lambda: len({one.query["SN"] for one in edge.of("cdata", table="OPERLOG")}) > 4,
        "operations",
        terminals=8,
        life=Life(operations=50),
    )
    first: dict[str, str] = {}
    for one in edge.of("cdata", table="OPERLOG"):
        first.setdefault(one.query["SN"], one.query["Stamp"])
    assert set(first.values()) == {"o", "9999"}
    later = {one.query["Stamp"] for one in edge.of("cdata", table="OPERLOG")} - {"o", "9999"}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", stamp) for stamp in later)


async def test_commands_over_the_wire(tmp_path: Path) -> None:
    edge = WholeEdge(commands=["DATA QUERY USERINFO", "INFO", "CHECK", "DANCE", "GetFile options.cfg"])
    await run_until(edge, tmp_path, lambda: len(edge.results) >= 5, "answers")
    names = [one.name for one in edge.seen]
    query = next(place for place, one in enumerate(edge.seen) if "USER" in one.query.get("table", ""))
    assert query < names.index("devicecmd"), "the rows go up before the result"
    assert edge.results[0] == b"ID=1&Return=0&CMD=DATA\n"
    assert edge.results[1].startswith(b"ID=2&Return=0&CMD=INFO\n~SerialNumber=SIM00000001\n")
    assert edge.results[2] == b"ID=3&Return=0&CMD=CHECK\nID=4&Return=-22&CMD=UNKNOWN CMD\n"
    assert edge.results[3].startswith(b"ID=5\nSN=SIM00000001\nFILENAME=options.cfg\nCMD=GetFile\nReturn=")
    assert edge.results[4] == b"ID=5&Return=0&CMD=GetFile\n"
    assert len(edge.of("cdata", options="all")) == 2, "CHECK asks for the options again"


async def test_put_file_fetches_what_it_is_told(tmp_path: Path) -> None:
    edge = WholeEdge()
    done = False

    def late(one: Seen) -> tuple[int, bytes] | None:
        nonlocal done
        if one.name == "getrequest" and not done:
            done = True  # only now is the port known
            text = f"C:1:PutFile {edge.url}/iclock/file/fw/main.tgz\nC:2:PutFile logo.jpg /mnt/mtdblock/image\n"
            text += f"C:3:PutFile {edge.url}/missing\nC:4:SHELL ls\n"
            return 200, text.encode()
        if one.name == "missing":
            return 404, b""
        return (200, b"x" * 100_000) if one.name in ("file", "main.tgz") else None

    edge.reply = late
    await run_until(edge, tmp_path, lambda: len(edge.results) >= 2, "the answers")
    assert [one.path for one in edge.seen if "file" in one.path] == ["/iclock/file/fw/main.tgz", "/iclock/file"]
    assert edge.of("file")[0].query["url"] == "logo.jpg"
    assert edge.results[0] == (
        b"ID=1&Return=100000&CMD=PutFile\nID=2&Return=100000&CMD=PutFile\nID=3&Return=-2&CMD=PutFile\n"
    )
    assert b"image/logo.jpg\nmain.tgz\n" in edge.results[1]


async def test_a_reboot_takes_a_while_and_ends_in_a_handshake(tmp_path: Path) -> None:
    clock = FastClock(speed=50)
    edge = WholeEdge(commands=["REBOOT", "CHECK"])
    await run_until(
        edge,
        tmp_path,
        lambda: len(edge.of("cdata", options="all")) > 1,
        "a second handshake",
        clock=clock,
        time_scale=1,
        faults=Faults(reboot_seconds=45),
        life=Life(power_on=True),
    )
    assert edge.results == [b"ID=1&Return=0&CMD=REBOOT\n"], "what follows REBOOT is ignored"
    assert any(wait == pytest.approx(45, abs=0.5) for wait in clock.asked)
    assert all(line.startswith("OPLOG 0\t") for one in edge.of("cdata", table="OPERLOG") for line in one.lines)


async def test_the_communication_key(tmp_path: Path) -> None:
    edge = WholeEdge(commands=["SET OPTION PushComKey=s3cret"])
    await run_until(
        edge,
        tmp_path,
        lambda: edge.of("getrequest", ComKey="s3cret") != [],
        "the new key",
        com_key="12345",
        rate=20,
    )
    keys = [one.query.get("ComKey") for one in edge.seen]
    assert set(keys) == {"12345", "s3cret"}
    changed = keys.index("s3cret")
    assert set(keys[changed:]) == {"s3cret"}


async def test_a_key_can_be_switched_on(tmp_path: Path) -> None:
    edge = WholeEdge(commands=["SET OPTION IsPushComKey=1"])
    await run_until(edge, tmp_path, lambda: edge.of("getrequest", ComKey="88888888") != [], "the default key")
    assert "ComKey" not in edge.seen[0].query


@pytest.mark.parametrize(
    ("faults", "bodies"),
    [
        ({"doubled": 1.0}, [b"ID=1&Return=0&CMD=CHECK\n" * 2]),
        ({"never": 1.0}, []),
        ({"late": 1.0}, [b"ID=1&Return=0&CMD=CHECK\n"]),
        ({"resent": 1.0}, [b"ID=1&Return=0&CMD=CHECK\n"] * 2),
    ],
)
async def test_answers_go_wrong(tmp_path: Path, faults: dict[str, float], bodies: list[bytes]) -> None:
    clock = FastClock(speed=50)
    edge = WholeEdge(commands=["CHECK"])
    await run_until(
        edge,
        tmp_path,
        lambda: len(edge.results) >= len(bodies) and len(edge.of("getrequest")) > 30,
        "answers",
        clock=clock,
        time_scale=1,
        faults=Faults(late_seconds=20, **faults),
    )
    assert edge.results == bodies
    if "late" in faults or "resent" in faults:
        last = max(place for place, one in enumerate(edge.seen) if one.name == "devicecmd")
        assert sum(one.name == "getrequest" for one in edge.seen[:last]) > 10


async def test_clocks_are_set_by_the_server(tmp_path: Path) -> None:
    clock = FastClock(speed=20)
    edge = WholeEdge(
        options=OPTIONS + "TimeZone=1\nSyncTime=5\n",
        reply=lambda one: (200, b"Time=2026-10-27T08:53:20+01:00\n") if one.query.get("type") == "time" else None,
    )
    await run_until(
        edge,
        tmp_path,
        lambda: len(edge.of("cdata", type="time")) > 2 and len(edge.of("cdata", table="ATTLOG")) > 10,
        "punches",
        clock=clock,
        time_scale=1,
        rate=1,
        clocks="server",
        clock_skew=100_000,
    )
    times = [line.split("\t")[1] for one in edge.of("cdata", table="ATTLOG") for line in one.lines]
    assert times[-1].startswith("2026-10-27 08:53:2")


async def test_a_stamp_of_zero_sends_everything_again(tmp_path: Path) -> None:
    edge = WholeEdge()

    def forget(one: Seen) -> tuple[int, bytes] | None:
        if one.name == "getrequest" and len(edge.of("cdata", table="ATTLOG")) > 20 and "ATTLOGStamp=a" in edge.options:
            edge.options = edge.options.replace("ATTLOGStamp=a", "ATTLOGStamp=0")
            return 200, b"UNKNOWN DEVICE\n"
        return None

    edge.reply = forget
    rows: list[str] = []

    def all_again() -> bool:
        rows[:] = [line for one in edge.of("cdata", table="ATTLOG") for line in one.lines]
        return len(rows) > len(set(rows)) + 20 and any(b"PIN=" in one.body for one in edge.of("cdata"))

    await run_until(edge, tmp_path, all_again, "all records and users again", rate=50, resend_on_zero_stamp=True)


async def test_options_go_up_after_a_handshake_and_after_a_change(tmp_path: Path) -> None:
    edge = WholeEdge(commands=["SET OPTION VOLUME=12", "CHECK"])
    await run_until(
        edge,
        tmp_path,
        lambda: len(edge.of("cdata", table="options")) > 1,
        "options",
        life=Life(options_upload=True),
    )
    first, second = (one.body for one in edge.of("cdata", table="options")[:2])
    assert b"~OEMVendor=ZKTeco Co., Ltd.,~Platform=" in first
    assert b",PushComKey=" not in first
    assert second == b"VOLUME=12"


async def test_idle_terminals_hold_nothing(tmp_path: Path) -> None:
    edge = WholeEdge()
    made: list[object] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("simulate.fleet.terminal.Contents", lambda *_: made.append(1))
        await run_until(edge, tmp_path, lambda: len(edge.of("getrequest")) > 50, "polls", terminals=20, rate=50)
    assert made == []
