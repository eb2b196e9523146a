"""Which rows of the last days went out."""

from __future__ import annotations

from collections import defaultdict

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.biotime.ledger import Ledger
from connectors.source import Json
from tests.unit.connectors.biotime.test_cursor import row

DAYS = ("2026-03-01", "2026-03-02", "2026-03-03")


class Kept:
    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}

    def get(self, name: str) -> Json | None:
        return orjson.loads(self.values[name]) if name in self.values else None

    def save(self, ledger: Ledger) -> None:
        for name, value in ledger.changes().items():
            if value is None:
                self.values.pop(name, None)
            else:
                self.values[name] = orjson.dumps(value)
        ledger.saved()


STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "add", "discard", "save"]), st.integers(0, 5000), st.sampled_from(DAYS)),
    max_size=60,
)


@given(STEPS)
@settings(max_examples=150, deadline=None)
def test_holds_exactly_what_was_added(steps: list[tuple[str, int, str]]) -> None:
    kept, model = Kept(), defaultdict[str, dict[int, int]](dict)
    ledger = Ledger(kept.get, DAYS[0], DAYS[-1])
    for what, number, day in steps:
        if what == "add":
            new = row(number, punch_time=f"{day} 08:00:00", punch_state=str(number % 3))
            ledger.add(new)
            model[day][number] = new.content
        elif what == "discard":
            ledger.discard(day, number)
            model[day].pop(number, None)
        else:
            kept.save(ledger)
            ledger = Ledger(kept.get, DAYS[0], DAYS[-1])
    for day in DAYS:
        assert list(ledger.ids(day)) == sorted(model[day])
        assert ledger.count(day) == len(model[day])
    found = {number: ledger.find(number) for contents in model.values() for number in contents}
    assert all(at is not None and model[at[0]][number] == at[1] for number, at in found.items())


def test_what_is_not_kept() -> None:
    ledger = Ledger(Kept().get, DAYS[0], DAYS[-1])
    for odd in (
        row(1, punch_time="2026-02-28 08:00:00"),
        row(2, punch_time="2026-03-04 08:00:00"),
        row(3, punch_time="2026-03-02 08:00:00.500000"),
        row(4, punch_time="soon"),
        row(None),
    ):
        assert not ledger.holds(odd)
        ledger.add(odd)
    assert ledger.changes() == {}


def test_days_that_are_over_are_deleted() -> None:
    kept = Kept()
    ledger = Ledger(kept.get, DAYS[0], DAYS[-1])
    for number, day in enumerate(DAYS):
        ledger.add(row(number, punch_time=f"{day} 08:00:00"))
    kept.save(ledger)
    kept.save(Ledger(kept.get, DAYS[1], DAYS[-1]))
    assert sorted(kept.values) == ["day/2026-03-02/0", "day/2026-03-03/0", "days"]
    assert set(Ledger(kept.get, DAYS[1], DAYS[-1]).forgotten().values()) == {None}


def test_a_chunk_is_small() -> None:
    kept = Kept()
    ledger = Ledger(kept.get, DAYS[0], DAYS[-1])
    for number in range(1024):
        ledger.add(row(number))
    kept.save(ledger)
    assert len(kept.values["day/2026-03-02/0"]) < 8400
