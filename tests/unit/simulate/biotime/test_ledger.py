"""The ledger: complete before a row is served, and enough to start again from."""

from pathlib import Path

import pytest

from simulate.biotime.errors import FatalError
from simulate.biotime.ledger import FILE, LedgerWriter, read_ledger
from simulate.biotime.server import BioTimeServer
from simulate.biotime.settings import BioTimeSettings
from tests.unit.simulate.biotime.servers import running


async def test_every_row_that_is_served_is_in_the_ledger_with_its_end(tmp_path: Path) -> None:
    async with running(tmp_path, preload=50) as caller:
        control = caller.server.control
        assert control.make(3) == [51, 52, 53]
        assert control.delete([7, 7, 999]) == [7]
        assert control.edit([8], state=5) == [8]
        assert control.restore(2) == 2
        assert control.make(1) == [52]
        ledger = read_ledger(tmp_path)
        rows = (await caller.get("/iclock/api/transactions/", page_size=100))["data"]
        assert {row["id"] for row in rows} == set(ledger.living)
        assert ledger.living[52] == (2, 52)
        assert ledger.living[51] == (1, 51)
        assert ledger.vanished == {(1, 52), (1, 53)}
        assert ledger.deleted == {(1, 7)}
        assert ledger.edited.keys() == {(1, 8)}
        assert ledger.edited[1, 8][1] == "5"
        for row in rows:
            kept = ledger.rows[ledger.living[row["id"]]]
            assert (kept.serial, kept.emp_code) == (row["terminal_sn"], row["emp_code"])
            assert (kept.punch_time, kept.upload_time) == (row["punch_time"], row["upload_time"])


async def test_a_server_goes_on_from_its_ledger(tmp_path: Path) -> None:
    async with running(tmp_path, preload=30, seed=3) as caller:
        control = caller.server.control
        control.delete([5])
        control.edit([6], state=9, punch_time="2020-02-02 02:02:02")
        control.restore(4)
        control.make(2, hidden_seconds=3600)
        control.make(3)
        before = await caller.get("/iclock/api/transactions/", page_size=100)
    async with running(tmp_path, preload=30, seed=3) as caller:
        after = await caller.get("/iclock/api/transactions/", page_size=100)
        assert after["data"] == before["data"]
        assert caller.server.control.status()["epoch"] == 2
        assert caller.server.control.make(1) == [before["data"][-1]["id"] + 1]


async def test_a_row_is_written_before_it_can_be_seen(tmp_path: Path) -> None:
    async with running(tmp_path) as caller:
        caller.server.control.make(2, hidden_seconds=3600)
        assert await caller.ids() == []
        assert read_ledger(tmp_path).rows == {}
        assert caller.server.control.make(1) == [3]
        assert await caller.ids() == [3]
        assert set(read_ledger(tmp_path).rows) == {(1, 3)}


def test_a_torn_last_line_is_left_out_and_a_bad_one_named(tmp_path: Path) -> None:
    assert read_ledger(tmp_path).rows == {}
    line = "row\t1\t1\tT1\t7\t2026-11-21 09:00:00\t2026-11-21 09:00:01\t0\t1\t1\t0\t1795251110839\n"
    (tmp_path / FILE).write_text(line + "row\t1\t2\tT1")
    assert list(read_ledger(tmp_path).rows) == [(1, 1)]
    (tmp_path / FILE).write_text(line + "what\n")
    with pytest.raises(FatalError, match="line 2"):
        read_ledger(tmp_path)


async def test_a_second_server_on_the_folder_is_refused(tmp_path: Path) -> None:
    ledger = LedgerWriter(tmp_path)
    with pytest.raises(FatalError, match="another server"):
        async with BioTimeServer(BioTimeSettings(ledger=tmp_path)):
            pass
    ledger.close()
