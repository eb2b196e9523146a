"""The ledger on disk, and stations that go on where an earlier run ended."""

from pathlib import Path

import pytest

from simulate.akuvox.errors import FatalError
from simulate.akuvox.ledger import LedgerWriter, read_ledger
from simulate.akuvox.rows import LogRow
from tests.unit.simulate.akuvox.stations import quiet, reading, with_quirks
from tests.unit.simulate.clocks import FrozenClock

ROW = LogRow("door", 7, 2, 3, "2026-11-21", "09:00:00", "Ann\tSmith", "pin", False, 2, "1234", "17", 1_000)


def test_lines_are_as_documented(tmp_path: Path) -> None:
    writer = LedgerWriter(tmp_path / "new")
    writer.made(1, "0C1105000001", ROW)
    writer.served(1, ROW, 2_000)
    ROW.served, ROW.last_served_ms = 2, 2_500
    writer.gone(1, ROW, "cleared", 3_000)
    writer.happened(1, "0C1105000001", "clock", "-3600 s", 2_600)
    writer.hint(1, "0C1105000001", 7, "ValidCodeEntered", "200", 1_100)
    writer.close()
    lines = {file.name: file.read_text() for file in (tmp_path / "new").glob("*.tsv")}
    assert lines == {
        "made.tsv": "1\t0C1105000001\tdoor\t7\t2\t3\t2026-11-21\t09:00:00\tAnn Smith\tpin\t0\t2\t17\t1234\t1000\n",
        "served.tsv": "1\tdoor\t7\t2000\n",
        "gone.tsv": "1\tdoor\t7\tcleared\t3000\t2\t2500\n",
        "happened.tsv": "1\t0C1105000001\tclock\t-3600 s\t2600\n",
        "hints.tsv": "1\t0C1105000001\t7\tValidCodeEntered\t200\t1100\n",
    }
    (row,) = read_ledger(tmp_path / "new").rows
    assert (row.station, row.log, row.number, row.epoch, row.id) == (1, "door", 7, 2, "3")
    assert (row.local, row.granted, row.relay, row.user_id) == ("2026-11-21T09:00:00", False, 2, "17")
    assert (row.made_ms, row.served_ms, row.gone, row.gone_ms, row.last_served_ms) == (
        1000,
        2000,
        "cleared",
        3000,
        2500,
    )


def test_no_ledger_is_empty_and_a_torn_or_bad_line_is_what_it_is(tmp_path: Path) -> None:
    assert read_ledger(tmp_path).rows == []
    writer = LedgerWriter(tmp_path)
    writer.made(1, "0C1105000001", ROW)
    writer.close()
    with (tmp_path / "made.tsv").open("a") as file:
        file.write("1\t0C11")
    assert len(read_ledger(tmp_path).rows) == 1
    (tmp_path / "served.tsv").write_text("1\tdoor\n")
    with pytest.raises(FatalError, match=r"served\.tsv, line 1: 2 columns instead of 4"):
        read_ledger(tmp_path)
    (tmp_path / "served.tsv").write_text("1\tdoor\t99\t5\n")
    with pytest.raises(FatalError, match="cannot be read"):
        read_ledger(tmp_path)


def test_one_process_per_ledger(tmp_path: Path) -> None:
    writer = LedgerWriter(tmp_path)
    with pytest.raises(FatalError, match="another process writes to this ledger"):
        LedgerWriter(tmp_path)
    writer.close()
    LedgerWriter(tmp_path).close()
    (tmp_path / "file").write_text("")
    with pytest.raises(FatalError, match="cannot keep a ledger there"):
        LedgerWriter(tmp_path / "file")


async def test_a_second_run_goes_on(tmp_path: Path) -> None:
    clock = FrozenClock()
    async with reading(with_quirks(tmp_path, restart_ids=True), clock) as reader:
        reader.station.change_mac("0C1105ABCDEF")
        for _ in range(3):
            reader.station.door_event()
        reader.station.clear("door")
        for _ in range(15):
            reader.station.door_event()
        before = (await reader.get("doorlog/get", page=1))["data"]
    async with reading(with_quirks(tmp_path, restart_ids=True, ring=12), clock) as reader:
        assert reader.station.mac == "0C1105ABCDEF"
        assert (await reader.get("doorlog/get", page=1))["data"] == {**before, "num": 12}
        reader.station.door_event()
        assert (await reader.ids(page=1))[0] == 16
    rows = read_ledger(tmp_path).rows
    assert len(rows) == 19
    assert [row.number for row in rows] == list(range(1, 20))
    assert sum(not row.gone for row in rows) == 12


async def test_a_port_in_use_and_a_ledger_in_use_are_told(tmp_path: Path) -> None:
    async with reading(quiet(tmp_path / "a")) as reader:
        port = int(reader.station.url.rpartition(":")[2])
        with pytest.raises(FatalError, match="cannot listen"):
            async with reading(quiet(tmp_path / "b", first_port=port)):
                pass
        with pytest.raises(FatalError, match="another process writes"):
            async with reading(quiet(tmp_path / "a")):
                pass
