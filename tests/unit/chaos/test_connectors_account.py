"""The account of the connectors' soak on small ledgers: each kind of loss is found, each excuse needs its proof."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from simulate.akuvox.ledger import LedgerWriter
from simulate.akuvox.rows import LogRow
from tests.chaos.connectors.account import Found, RowKey, StationsAccount, account_of_servers, account_of_stations
from tests.chaos.connectors.workers import Kill

MAC, DEVICE = "0C1105000001", "akuvox:0C1105000001"
T0 = 1_795_000_000_000


def row(number: int) -> LogRow:
    return LogRow(
        log="door", number=number, epoch=1, id=number, date="2026-11-21", time=f"10:00:{number:02d}", name="A",
        kind="Card", granted=True, relay=1, code="1", user_id="7", made_ms=T0 + number * 1000,
    )  # fmt: skip


def key(number: int) -> RowKey:
    return DEVICE, "door", str(number), f"2026-11-21T10:00:{number:02d}"


@contextmanager
def written(folder: Path) -> Iterator[LedgerWriter]:
    writer = LedgerWriter(folder)
    try:
        yield writer
    finally:
        writer.close()


def serve(writer: LedgerWriter, made: LogRow, at_ms: int) -> None:
    made.served, made.last_served_ms = 1, at_ms
    writer.served(1, made, at_ms)


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """Rows 1 and 2 were read and are there, 3 and 4 went unseen at second 5, 5 was read at second 6 and went at 7, 6 is
    there and was read."""
    with written(tmp_path) as writer:
        rows = {number: row(number) for number in range(1, 7)}
        for each in rows.values():
            writer.made(1, MAC, each)
        for number, at in ((1, 2000), (2, 3000), (5, 6000), (6, 8000)):
            serve(writer, rows[number], T0 + at)
        for number, at in ((3, 5000), (4, 5000), (5, 7000)):
            writer.gone(1, rows[number], "cleared", T0 + at)
    return tmp_path


def gap(after: int, before: int | None, told_ms: int = T0 + 9000) -> dict[str, Any]:
    def said(number: int | None) -> str:
        if number is None:
            return ""
        return orjson.dumps({"ID": str(number), "Date": "21/11/2026", "Time": f"10:00:{number:02d}"}).decode()

    extra = {"log": "door", "last_known": said(after), "oldest_available": said(before)}
    return {"device": DEVICE, "received_at": told_ms, "extra": extra}


def account(
    ledger: Path, numbers: list[int], gaps: list[dict[str, Any]], kills: tuple[int, ...] = ()
) -> StationsAccount:
    events = {f"id{number}": key(number) for number in numbers}
    found = Found(dict.fromkeys(events, 1), dict.fromkeys(events, 1))
    return account_of_stations(ledger, events, found, gaps, [Kill(at, "worker-1", 0.0) for at in kills])


def test_all_that_could_be_seen_is_there_and_what_could_not_has_its_gap(ledger: Path) -> None:
    found = account(ledger, [1, 2, 5, 6], [gap(2, 5)])
    assert (found.lost, found.doubled, found.strangers, found.uncovered, found.not_in_topic) == (0, 0, 0, 0, 0)
    assert (found.unseeable, found.stretches, found.gaps) == (2, 1, 1)


@pytest.mark.parametrize("gaps", [[], [gap(3, 5)], [gap(2, 4)], [gap(2, None, T0 + 4999)], [gap(5, 6)]])
def test_a_stretch_without_a_gap_that_spans_it_is_told(ledger: Path, gaps: list[dict[str, Any]]) -> None:
    found = account(ledger, [1, 2, 5, 6], gaps)
    assert (found.lost, found.uncovered) == (0, 1)
    assert found.examples[0].startswith("no gap for")


def test_a_gap_that_ends_in_an_empty_log_spans_what_had_gone_by_then(ledger: Path) -> None:
    assert account(ledger, [1, 2, 5, 6], [gap(2, None, T0 + 5000)]).uncovered == 0


def test_a_row_that_was_read_and_is_missing_is_lost_unless_a_kill_broke_the_read_off(ledger: Path) -> None:
    assert account(ledger, [1, 2, 6], [gap(2, 6)]).lost == 1
    assert account(ledger, [1, 2, 6], [gap(2, 6)], (T0 + 30_000,)).lost == 1
    assert account(ledger, [1, 2, 6], [gap(2, 5)], (T0 + 6500,)).lost == 1, "no gap spans it"
    excused = account(ledger, [1, 2, 6], [gap(2, 6)], (T0 + 6500,))
    assert (excused.lost, excused.read_in_vain, excused.not_in_topic) == (0, 1, 0)
    assert account(ledger, [1, 2, 5], [gap(2, 5)], (T0 + 8500,)).lost == 1, "row 6 is still there"


def test_two_events_of_one_row_are_a_double_and_an_unknown_one_is_a_stranger(ledger: Path) -> None:
    events = {"a": key(1), "b": key(1), "c": key(2), "d": key(5), "e": key(6), "f": key(9)}
    ones = dict.fromkeys(events, 1)
    found = account_of_stations(ledger, events, Found(ones, ones), [gap(2, 5)], [])
    assert (found.lost, found.doubled, found.strangers) == (0, 1, 1)


def test_punches_that_are_missing_double_or_unknown() -> None:
    made = {"a": "biotime:b1:1:1", "b": "biotime:b1:1:2", "c": "biotime:b1:1:3"}
    found = account_of_servers(made, Found({"a": 2, "b": 1, "x": 1}, {"a": 1, "b": 2, "x": 1}), [("biotime:b1:1:1", 2)])
    assert (found.lost, found.not_in_topic, found.doubled, found.strangers, found.repeated) == (1, 1, 2, 1, 1)
    clean = account_of_servers(made, Found(dict.fromkeys(made, 1), dict.fromkeys(made, 1)), [])
    assert (clean.lost, clean.doubled, clean.strangers, clean.visible) == (0, 0, 0, 3)
