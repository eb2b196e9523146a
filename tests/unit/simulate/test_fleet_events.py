"""The other half of the ledger, the history of records, and who may punch."""

import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulate.fleet.answering import fate_of
from simulate.fleet.errors import FatalError
from simulate.fleet.events import read_events
from simulate.fleet.history import History
from simulate.fleet.ledger import LedgerWriter
from simulate.fleet.life import Faults
from simulate.fleet.punches import PunchMaker


def test_lines_are_as_documented(tmp_path: Path) -> None:
    ledger = LedgerWriter(tmp_path)
    assert not (tmp_path / "events-made.tsv").exists(), "a fleet that only punches has no such file"
    ledger.events.made("S1", [("user", "17"), ("operation", "2026-11-21T09:00:00/30")], 5)
    assert (tmp_path / "events-made.tsv").read_text() == "user\tS1\t17\t5\noperation\tS1\t2026-11-21T09:00:00/30\t5\n"
    ledger.events.acked("S1", [("user", "17")], 6)
    ledger.flush()
    assert (tmp_path / "events-acked.tsv").read_text() == "user\tS1\t17\t6\n"
    ledger.close()
    events = read_events(tmp_path)
    assert events.made - events.acked == {("operation", "S1", "2026-11-21T09:00:00/30")}


def test_a_torn_last_line_is_not_read_and_a_bad_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "events-made.tsv"
    path.write_text("user\tS1\t17\t5\nuser\tS1\t1")
    assert len(read_events(tmp_path).made) == 1
    path.write_text("user\tS1\n")
    with pytest.raises(FatalError, match=r"events-made\.tsv, line 1: 2 columns instead of 4"):
        read_events(tmp_path)


@given(st.lists(st.tuples(st.integers(0, 50_000), st.integers(0, 2**32)), max_size=60), st.integers(0, 2**32))
def test_the_history_gives_back_what_it_was_given(records: list[tuple[int, int]], first: int) -> None:
    history = History(1000)
    for person, second in records:
        history.add(person, second)
    assert history.between(0, 2**40) == records
    assert history.between(first, first + 1000) == [row for row in records if first <= row[1] <= first + 1000]


def test_a_full_history_loses_its_oldest_tenth() -> None:
    history = History(100)
    for number in range(101):
        history.add(1, number)
    assert [second for _, second in history.between(0, 1000)] == list(range(10, 101))


def test_who_leaves_punches_no_more_and_who_joins_does() -> None:
    maker = PunchMaker(random.Random(1), ["1", "2"], ("\t0\t1",) * 64)
    maker.leave("0002")
    maker.join("9")
    assert {maker.make(second).pin for second in range(50)} == {"1", "9"}
    maker.leave_all()
    maker.join("02")
    assert maker.make(100).pin == "2"


def test_the_row_of_somebody_who_joined_is_the_same_after_a_restart() -> None:
    tails = tuple(f"\t{number}" for number in range(64))
    before = PunchMaker(random.Random(1), ["1", "2"], tails)
    for pin in ("77", "78", "79"):
        before.join(pin)
    punch = next(punch for punch in map(before.make, range(100)) if punch.pin == "79")
    assert PunchMaker(random.Random(1), ["1", "2"], tails).again(punch.pin, punch.second) == punch


def test_fates_are_spread_as_asked_and_stay() -> None:
    faults = Faults(resent=0.1, late=0.2, doubled=0.3, never=0.2)
    fates = [fate_of(faults, "1:S", str(number)) for number in range(2000)]
    assert fates == [fate_of(faults, "1:S", str(number)) for number in range(2000)]
    found: Counter[str] = Counter(fates)
    for fate, share in (("resent", 0.1), ("late", 0.2), ("doubled", 0.3), ("never", 0.2), ("in time", 0.2)):
        assert found[fate] == pytest.approx(share * 2000, rel=0.25)
