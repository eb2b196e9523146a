"""Door log and call log: pages, forms, the ring, and their account."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulate.akuvox.ledger import LedgerWriter, read_ledger
from simulate.akuvox.quirks import Quirks
from simulate.akuvox.ring import LogRing
from simulate.akuvox.rows import LogRow
from tests.unit.simulate.akuvox.stations import Reader, quiet, reading, with_quirks
from tests.unit.simulate.clocks import FrozenClock


async def test_pages_are_newest_first_and_no_page_is_the_whole_log(tmp_path: Path) -> None:
    async with reading(quiet(tmp_path, rows_at_start=23)) as reader:
        assert await reader.ids() == list(range(23, 0, -1))
        assert await reader.ids(page=1) == list(range(23, 13, -1))
        assert await reader.ids(page=3) == [3, 2, 1]
        assert await reader.ids(page=4) == []
        assert (await reader.get("doorlog/get", page=2))["data"]["num"] == 23
        posted = await reader.post("doorlog/get", {"page": 2})
        assert [item["ID"] for item in posted["data"]["item"]] == [str(number) for number in range(13, 3, -1)]
        assert (await reader.get("doorlog/get", page="x"))["retcode"] == -100


async def test_rows_are_printed_as_the_firmware_does(tmp_path: Path) -> None:
    async def row(reader: Reader, **quirks: Any) -> dict[str, str]:
        reader.station.quirks = Quirks(**quirks)
        items: list[dict[str, str]] = (await reader.get("doorlog/get"))["data"]["item"]
        return items[0]

    clock = FrozenClock(1_793_000_000.0)  # 2026-10-26 07:33:20 UTC
    async with reading(quiet(tmp_path), clock) as reader:
        user = reader.station.lists["user"].items[0]
        reader.station.door_event(user["UserID"], "pin", granted=True, relay=2)
        assert await row(reader) == {
            "ID": "1",
            "Date": "2026-10-26",
            "Time": "11:33:20",
            "Name": user["Name"],
            "Code": user["PrivatePIN"],
            "Type": "Private PIN",
            "Status": "Success",
            "Relay": "2",
            "AccessMode": "1",
        }
        numeric = await row(reader, words="numeric", old_rows=True)
        assert (numeric["Type"], numeric["Status"], "Relay" in numeric) == ("2", "0", False)
        short = await row(reader, words="short", date_form="compact")
        assert (short["Type"], short["Status"], short["Date"]) == ("PIN", "Succ", "20261026")
        assert (await row(reader, date_form="slash"))["Date"] == "2026/10/26"
        assert (await row(reader, date_form="day_first"))["Date"] == "26/10/2026"
        dashes = await row(reader, date_form="dashes")
        assert (dashes["Date"], dashes["Time"]) == ("--", "--")
        reader.station.quirks = Quirks()
        reader.station.door_event("nobody", "card", granted=False)
        refused = (await reader.get("doorlog/get", page=1))["data"]["item"][0]
        assert (refused["Name"], refused["Status"], refused["Relay"]) == ("Unknown", "Failed", "")
        reader.station.call_event("Received", "192.168.1.98")
        assert (await reader.get("calllog/get"))["data"]["item"][0] == {
            "ID": "1",
            "Date": "2026-10-26",
            "Time": "11:33:20",
            "Type": "Received",
            "LocalIdentity": "192.168.1.2@192.168.1.2",
            "Name": "192.168.1.98",
            "Num": "192.168.1.98@192.168.1.98",
        }


async def test_lists_differ_by_firmware(tmp_path: Path) -> None:
    async with reading(with_quirks(tmp_path, missing_item=True, single_object=True, item_key="Item")) as reader:
        assert (await reader.get("doorlog/get"))["data"] == {"num": 0}
        reader.station.door_event()
        assert (await reader.get("doorlog/get"))["data"]["Item"]["ID"] == "1"
        reader.station.door_event()
        assert len((await reader.get("doorlog/get"))["data"]["Item"]) == 2
        reader.station.quirks = Quirks(ignores_page=True)
        for _ in range(20):
            reader.station.door_event()
        assert await reader.ids(page=1) == await reader.ids(page=2) == list(range(22, 0, -1))
        reader.station.quirks = Quirks(call_log_path="callog", unsupported=("doorlog", "user/get"))
        assert (await reader.get("calllog/get"))["message"] == "no hanlders"
        assert (await reader.get("callog/get"))["retcode"] == 0
        assert (await reader.get("doorlog/get"))["retcode"] == -1
        assert (await reader.get("user/get"))["message"] == "unsupport action"
        assert (await reader.get("user/info"))["retcode"] == 0


async def test_bytes_differ_by_firmware(tmp_path: Path) -> None:
    async with reading(with_quirks(tmp_path, trailing=True)) as reader:
        body = (await reader.http.get("/api/doorlog/get")).content
        value, end = json.JSONDecoder().raw_decode(body.decode())
        assert value["retcode"] == 0
        assert end < len(body)
        reader.station.lists["user"].items[0]["Name"] = "王伟"
        reader.station.quirks = Quirks(names="gb18030")
        reader.station.door_event(reader.station.lists["user"].items[0]["UserID"], "face", granted=True)
        body = (await reader.http.get("/api/doorlog/get")).content
        with pytest.raises(UnicodeDecodeError):
            body.decode()
        assert "王伟" in body.decode("gb18030")


async def test_refusals_of_the_web(tmp_path: Path) -> None:
    async with reading(with_quirks(tmp_path, http=308)) as reader:
        answer = await reader.http.get("/api/doorlog/get?page=1")
        assert answer.status_code == 308
        assert answer.headers["Location"].startswith("https://")
        reader.station.quirks = Quirks(http=403)
        answer = await reader.http.get("/api/doorlog/get?page=1")
        assert (answer.status_code, "WWW-Authenticate" in answer.headers) == (403, False)


async def test_the_ring_overwrites_and_the_ledger_tells_who_could_have_seen_it(tmp_path: Path) -> None:
    async with reading(with_quirks(tmp_path, ring=10)) as reader:
        for _ in range(10):
            reader.station.door_event()
        assert len(await reader.ids(page=1)) == 10
        for _ in range(12):
            reader.station.door_event()
        assert await reader.ids() == list(range(22, 12, -1))
        assert (await reader.get("doorlog/get", page=1))["data"]["num"] == 10
    rows = {row.number: row for row in read_ledger(tmp_path).rows}
    assert len(rows) == 22
    assert [number for number, row in rows.items() if row.unseeable] == [11, 12]
    assert [number for number, row in rows.items() if row.gone == "overwritten"] == list(range(1, 13))
    assert [number for number, row in rows.items() if row.served_ms] == [*range(1, 11), *range(13, 23)]


@pytest.mark.parametrize("restart", [True, False])
async def test_clear_by_the_api_and_ids_after_it(tmp_path: Path, restart: bool) -> None:
    async with reading(with_quirks(tmp_path, restart_ids=restart)) as reader:
        reader.station.door_event()
        assert await reader.ids() == [1]
        reader.station.door_event()
        assert (await reader.get("doorlog/clear"))["retcode"] == 0
        reader.station.door_event()
        assert await reader.ids() == [1 if restart else 3]
    ledger = read_ledger(tmp_path)
    assert [(row.id, row.epoch, row.gone, row.unseeable) for row in ledger.rows] == [
        ("1", 1, "cleared", False),
        ("2", 1, "cleared", True),
        *([("1", 2, "", False)] if restart else [("3", 1, "", False)]),
    ]
    assert [what for _, _, what, _, _ in ledger.happened] == ["clear", "write"]


async def test_delete_types_and_exports(tmp_path: Path) -> None:
    async with reading(quiet(tmp_path, rows_at_start=3)) as reader:
        assert (await reader.post("doorlog/del", {"ID": "2"}))["retcode"] == 0
        assert (await reader.post("doorlog/del", {"ID": "2"}))["retcode"] == -1
        for kind in ("Missed", "Dialed", "Missed"):
            reader.station.call_event(kind)
        assert await reader.ids("calllog", Type="Missed") == [3, 1]
        assert await reader.ids("calllog", Type=3, page=1) == [3, 1]
        assert await reader.ids("calllog", Type="All") == [3, 2, 1]
        assert (await reader.get("calllog/get", Type="Lost"))["retcode"] == -100
        assert (await reader.get("calllog/clear", type="Missed"))["retcode"] == 0
        assert await reader.ids("callog") == [2]
        answer = await reader.http.get("/api/doorlog/export")
        assert answer.headers["Content-Disposition"] == "attachment;filename=DoorLog.xml"
        assert answer.content.count(b"<Item ") == 2
        assert (await reader.http.get("/api/callog/export")).text.startswith("ID,Date,Time,Type")
    assert all(row.served_ms for row in read_ledger(tmp_path).rows if row.log == "door" and not row.gone)


async def test_a_row_is_in_the_ledger_before_it_is_served_and_a_cut_answer_serves_nothing(tmp_path: Path) -> None:
    async with reading(with_quirks(tmp_path, cut_share=1.0)) as reader:
        reader.station.door_event()
        with pytest.raises(httpx.TransportError):
            await reader.http.get("/api/doorlog/get")
        (row,) = read_ledger(tmp_path).rows
        assert row.served_ms is None
        reader.station.quirks = Quirks()
        reader.station.door_event()
        assert await reader.ids() == [2, 1]
        assert len(read_ledger(tmp_path).rows) == 2
    assert all(row.served_ms for row in read_ledger(tmp_path).rows)


async def test_a_slow_station_that_is_left_serves_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with reading(with_quirks(tmp_path, slow_seconds=0.05)) as reader:
        reader.station.door_event()
        with pytest.raises(httpx.ReadTimeout):
            await reader.http.get("/api/doorlog/get", timeout=0.01)
    (row,) = read_ledger(tmp_path).rows
    assert row.served_ms is None
    assert caplog.messages == []


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(["add", "add", "add", "read", "clear", "delete", "resize"]), max_size=60), st.booleans()
)
def test_every_row_is_there_or_gone_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str], restart: bool
) -> None:
    folder = tmp_path_factory.mktemp("ring")
    writer = LedgerWriter(folder)
    ring = LogRing("door", 5, 1, writer)
    seen: set[int] = set()
    for at, step in enumerate(steps):
        if step == "add":
            ring.add("0C1105000001", lambda number, epoch, row_id, at=at: row(number, epoch, row_id, at))  # type: ignore[misc]  # default binds the turn
        elif step == "read":
            rows = ring.newest(0, 2)
            ring.served(rows, at)
            seen |= {one.number for one in rows}
        elif step == "clear":
            ring.clear("cleared", at, restart_ids=restart)
        elif step == "delete" and len(ring):
            assert ring.delete(str(ring.newest()[-1].id), at)
        elif step == "resize":
            ring.resize(3 + at % 3, at)
    there = {one.number for one in ring.newest()}
    writer.close()
    rows_of = {one.number: one for one in read_ledger(folder).rows}
    assert len(rows_of) == steps.count("add")
    assert {number for number, one in rows_of.items() if not one.gone} == there
    assert {number for number, one in rows_of.items() if one.served_ms is not None} == seen
    assert len({(one.epoch, one.id) for one in rows_of.values()}) == len(rows_of)


def row(number: int, epoch: int, row_id: int, at: int) -> LogRow:
    return LogRow("door", number, epoch, row_id, "2026-11-21", "09:00:00", "Ann", "card", True, 1, "", "1", at)
