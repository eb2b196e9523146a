"""What a person reads on the page."""

from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console

from cli.clickhouse_reader import CardNumbers
from cli.page import Page, plain_line
from cli.watch import Numbers

NUMBERS = Numbers(50, 48, 12_345, 12_340, 12_400, 12_300, 3, 880, 1430, 7, {"sink": "", "ingest": "waiting for Kafka"})


def test_a_plain_line_says_everything_in_words() -> None:
    line = plain_line(NUMBERS, 12.0, "running")
    for piece in (
        "terminals online 48 of 50", "punches made 12,345", "acknowledged 12,340", "stored 12,400", "visible 12,300",
        "put aside 3", "delay 0.88 s / 1.43 s", "ingest: waiting for Kafka",
    ):  # fmt: skip
        assert piece in line


def test_hours_and_exceptions_are_there_as_soon_as_there_are_cards() -> None:
    cards = CardNumbers({"COMPLETE": 1200, "OPEN": 34}, 90_000, {"MISSING_OUT": 2, "LATE": 5})
    numbers = replace(NUMBERS, cards=cards)
    assert "timecards 1,234, hours this week 1,500.0, exceptions 7" in plain_line(numbers, 1.0, "running")
    assert "timecards" not in plain_line(NUMBERS, 1.0, "running")
    out = io.StringIO()
    with Page(Console(file=out, force_terminal=True, width=160), {}) as page:
        page.show(numbers, 3.0, "running")
    for piece in ("1,500.0", "COMPLETE 1,200, OPEN 34", "LATE 5, MISSING_OUT 2"):
        assert piece in out.getvalue()


def test_what_is_not_known_is_said_so() -> None:
    assert "visible not known" in plain_line(Numbers(), 0, "running")


def test_without_a_terminal_a_line_comes_every_five_seconds() -> None:
    out = io.StringIO()
    with Page(Console(file=out, width=400), {}) as page:
        for second in range(11):
            page.show(NUMBERS, float(second), "running")
    assert out.getvalue().count("punches made") == 3


def test_on_a_terminal_the_page_names_the_parts_by_what_they_do() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=120)
    with Page(console, {"sink": "storing", "ingest": "receiving"}) as page:
        page.show(NUMBERS, 3.0, "running")
    text = out.getvalue()
    assert "storing" in text
    assert "receiving: waiting for Kafka" in text
    assert "12,345" in text
