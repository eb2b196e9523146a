"""When a list was read as a whole, and who is gone then."""

from __future__ import annotations

import pytest

from connectors.biotime.reading import Absences, Reading
from connectors.errors import ServerFault
from wire.biotime.envelope import Page


def page(*ids: int, count: int | None, more: bool = True) -> Page:
    return Page(tuple({"id": number} for number in ids), count, {"page": "2"} if more else None)


def read(*pages: Page, first: int = 1) -> Reading:
    reading = Reading("people", first)
    for each in pages:
        reading.take(each, [str(row["id"]) for row in each.rows])
    return reading


END = Page((), past_end=True)


def test_whole() -> None:
    reading = read(page(1, 2, count=3), page(3, count=3, more=False))
    ended = [reading.ended, reading.take(END), reading.ended]
    assert ended == [False, False, True]
    assert reading.is_whole
    assert reading.seen == {"1", "2", "3"}


@pytest.mark.parametrize(
    "reading",
    [
        read(page(1, 2, count=3), page(3, count=4, more=False), END),  # somebody came meanwhile
        read(page(1, 2, count=3), page(2, count=3, more=False), END),  # twice, so another is missing
        read(page(1, 2, count=4), page(3, count=4, more=False), END),  # fewer than it counts
        read(page(1, 2, count=None), page(3, count=None, more=False), END),
        read(page(1, 2, count=2), page(3, count=1, more=False), END),  # bare arrays: each counts itself
        read(page(3, count=3, more=False), END, first=2),
        read(page(1, 2, count=3), page(3, count=3, more=False)),
        read(page(count=0, more=False)),
    ],
)
def test_not_whole(reading: Reading) -> None:
    assert not reading.is_whole
    absences = Absences()
    assert absences.judge({"9"}, 4, reading) == frozenset()
    assert not absences.suspects


def test_a_fault_spoils_it() -> None:
    reading = read(page(1, 2, count=2, more=False), END)
    reading.spoil()
    assert not reading.is_whole


def test_a_server_that_does_not_know_page_ends_with_its_first() -> None:
    reading = read(page(1, 2, count=2, more=False), page(1, 2, count=2, more=False))
    assert reading.is_whole
    with pytest.raises(ServerFault, match="page 2 of the people is the page before it"):
        read(page(1, 2, count=3), page(1, 2, count=3))


def test_an_empty_page_with_a_next_is_a_fault() -> None:
    with pytest.raises(ServerFault, match="empty, and names a next page"):
        read(page(1, count=2), page(count=2))


class TestAbsences:
    whole = read(page(1, count=1, more=False), END)

    def test_twice_in_a_row(self) -> None:
        absences = Absences()
        assert not absences.judge({"7", "8"}, 9, self.whole)
        assert absences.judge({"8", "9"}, 9, self.whole) == {"8"}
        assert absences.suspects == {"9"}

    def test_a_reading_that_is_not_whole_decides_nothing(self) -> None:
        absences = Absences()
        absences.judge({"7"}, 9, self.whole)
        assert not absences.judge({"7"}, 9, read(page(1, count=2, more=False), END))
        assert absences.judge({"7"}, 9, self.whole) == {"7"}

    def test_half_of_all_at_once_is_not_believed(self) -> None:
        absences, missing = Absences(), {str(number) for number in range(60)}
        for _ in range(3):
            assert not absences.judge(missing, 100, self.whole)
        assert absences.held == 60
        assert absences.judge(missing, 120, self.whole) == missing
        assert absences.held == 0
