"""The ledger on disk."""

from pathlib import Path

import pytest

from simulate.fleet.errors import FatalError
from simulate.fleet.ledger import Ledger, LedgerWriter, read_ledger
from simulate.fleet.punches import Punch

ANN = Punch("00017", "2026-11-21T09:00:00", "")
BOB = Punch("18 ", "2026-11-21T09:00:01", "")


def test_lines_are_as_documented_and_keys_normalised(tmp_path: Path) -> None:
    ledger = LedgerWriter(tmp_path / "new" / "folder")
    ledger.made("SIM00000001", ANN, 1_795_251_110_839)
    ledger.made("SIM00000001", BOB, 1_795_251_110_840)
    ledger.acked("SIM00000001", [BOB], 1_795_251_110_990)
    ledger.close()
    folder = tmp_path / "new" / "folder"
    assert (folder / "made.tsv").read_text().splitlines() == [
        "SIM00000001\t00017\t2026-11-21T09:00:00\t1795251110839",
        "SIM00000001\t18 \t2026-11-21T09:00:01\t1795251110840",
    ]
    assert (folder / "acked.tsv").read_text() == "SIM00000001\t18 \t2026-11-21T09:00:01\t1795251110990\n"
    ann, bob = ("SIM00000001", "17", "2026-11-21T09:00:00"), ("SIM00000001", "18", "2026-11-21T09:00:01")
    assert read_ledger(folder) == Ledger(made={ann, bob}, acked={bob})


def test_made_punches_are_on_disk_before_the_wire(tmp_path: Path) -> None:
    ledger = LedgerWriter(tmp_path)
    ledger.made("S", ANN, 1)
    assert read_ledger(tmp_path).made == set()
    ledger.flush_made()
    assert len(read_ledger(tmp_path).made) == 1
    ledger.close()


def test_buffers_flush_themselves_when_full(tmp_path: Path) -> None:
    ledger = LedgerWriter(tmp_path)
    for number in range(2_000):
        ledger.made("S", Punch(str(number + 1), ANN.second, ""), 1)
        ledger.acked("S", [Punch(str(number + 1), ANN.second, "")], 2)
    assert len(read_ledger(tmp_path).made) == len(read_ledger(tmp_path).acked) == 2_000
    ledger.close()


def test_a_torn_last_line_is_not_read_and_is_cut_off(tmp_path: Path) -> None:
    whole = "S\t17\t2026-11-21T09:00:00\t1\n"
    (tmp_path / "made.tsv").write_text(whole + "S\t18\t2026-11-2")
    assert len(read_ledger(tmp_path).made) == 1
    ledger = LedgerWriter(tmp_path)
    ledger.made("S", BOB, 2)
    ledger.close()
    assert (tmp_path / "made.tsv").read_text() == whole + "S\t18 \t2026-11-21T09:00:01\t2\n"


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "acked.tsv").write_text("S\t17\t2026-11-21T09:00:00\t1\nwhat is this\n")
    with pytest.raises(FatalError, match=r"acked\.tsv, line 2: 1 columns instead of 4"):
        read_ledger(tmp_path)


def test_one_fleet_per_ledger(tmp_path: Path) -> None:
    ledger = LedgerWriter(tmp_path)
    with pytest.raises(FatalError, match="another fleet writes to this ledger"):
        LedgerWriter(tmp_path)
    ledger.close()
    LedgerWriter(tmp_path).close()


def test_a_folder_that_cannot_be_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FatalError, match="cannot keep a ledger there"):
        LedgerWriter(tmp_path / "file")
