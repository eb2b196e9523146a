"""What was made on the other side against what is visible: by sets, so that a row lost and one doubled never cancel."""

from __future__ import annotations

from pathlib import Path

from cli.source_account import MadeBySources, account_of, made_by_sources

A, B, C = (("BTS1", pin, "2026-03-01T09:00:00") for pin in "123")
BOTH = ("TST1", "7", "2026-03-01T09:00:00")
DOOR = ("akuvox:0C1105000001", "door", "1", "2026-03-01T09:00:00")
MADE = MadeBySources(frozenset((A, B)), frozenset((BOTH,)), frozenset((DOOR,)))


def test_all_there_and_once() -> None:
    ways = {A: frozenset({"poll"}), BOTH: frozenset({"push", "poll"})}
    server, both, doors = account_of(MADE, {A: 1, B: 1, BOTH: 1, C: 2}, ways, [DOOR])
    assert (server.made, server.visible, server.clean) == (2, 2, True)
    assert (both.made, both.both_ways, both.clean) == (1, 1, True)
    assert (doors.made, doors.visible, doors.clean) == (1, 1, True)


def test_a_lost_one_and_a_doubled_one_are_both_told() -> None:
    server, both, doors = account_of(MADE, {A: 2, BOTH: 1}, {BOTH: frozenset({"push"})}, [DOOR, DOOR])
    assert (server.lost, server.doubled, server.clean) == (1, 1, False)
    assert (both.both_ways, both.clean) == (0, True)
    assert (doors.doubled, doors.clean) == (1, False)


def test_ledgers_are_read_as_sets(tmp_path: Path) -> None:
    (tmp_path / "ledger.tsv").write_text(
        "row\t1\t1\tBTS1\t007\t2026-03-01 09:00:00\t2026-03-01 09:00:02\t0\t1\t1\t0\t1772355600000\n"
        "row\t1\t2\tTST1\t7\t2026-03-01 09:00:00\t2026-03-01 09:00:02\t0\t1\t1\t0\t1772355600000\n"
    )
    made = made_by_sources(tmp_path, tmp_path / "none", "TST1")
    assert made.server == {("BTS1", "7", "2026-03-01T09:00:00")}
    assert made.both_ways == {("TST1", "7", "2026-03-01T09:00:00")}
    assert made.doors == frozenset()
