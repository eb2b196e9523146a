from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks.errors import InsertFailed, RowsRefused
from sinks.poison import Brake, find_refused


class Server:
    """Refuses rows that say `bad`; names the first one, or none."""

    def __init__(self, names_rows: bool) -> None:
        self.names_rows = names_rows
        self.read = 0

    async def check(self, rows: Sequence[bytes]) -> RowsRefused | None:
        self.read += len(rows)
        bad = [index for index, row in enumerate(rows) if row == b"bad"]
        return RowsRefused("bad row", bad[0] if self.names_rows else None) if bad else None


@given(st.lists(st.booleans(), min_size=1, max_size=60).filter(any), st.booleans())
async def test_exactly_the_bad_rows_are_found(bad: list[bool], names_rows: bool) -> None:
    rows = [b"bad" if flag else b"good" for flag in bad]
    server = Server(names_rows)
    first = await server.check(rows)
    assert first is not None
    refused = await find_refused(server.check, rows, first, allowed=len(rows))
    assert sorted(refused) == [index for index, flag in enumerate(bad) if flag]


async def test_a_row_that_is_named_wrongly_is_not_blamed() -> None:
    rows = [b"good", b"bad", b"good"]
    assert list(await find_refused(Server(False).check, rows, RowsRefused("x", 0), allowed=5)) == [1]


async def test_a_named_row_costs_one_more_reading_of_the_rest() -> None:
    rows = [b"good"] * 1000
    rows[777] = b"bad"
    server = Server(True)
    assert list(await find_refused(server.check, rows, RowsRefused("x", 777), allowed=5)) == [777]
    assert server.read == 1 + 999


async def test_too_many_bad_rows_stop_the_sink_before_anything_is_put_aside() -> None:
    rows = [b"bad"] * 30
    with pytest.raises(InsertFailed, match="more than 20 of 30"):
        await find_refused(Server(True).check, rows, RowsRefused("x", 0), allowed=20)


async def test_a_refusal_that_no_row_explains_stops_the_sink() -> None:
    with pytest.raises(InsertFailed, match="0 rows"):
        await find_refused(Server(True).check, [b"good"] * 3, RowsRefused("x", 1), allowed=20)


def test_the_brake_counts_what_is_refused_in_a_row_over_batches() -> None:
    brake = Brake()
    assert brake.allowed(10) == 20
    assert brake.allowed(10_000) == 500
    brake.count(8, 8)
    brake.count(8, 8)
    assert brake.allowed(10) == 4
    brake.count(10, 3)
    assert brake.allowed(10) == 20
