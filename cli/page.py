"""The live page of `punchstream up`, in words that a site manager understands; plain lines without a terminal."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cli.clickhouse_reader import CardNumbers
from cli.watch import Numbers

_PLAIN_EVERY_SECONDS = 5.0


class Page:
    """A context manager: draws in place on a terminal, prints a line every few seconds elsewhere."""

    def __init__(self, console: Console, titles: dict[str, str]) -> None:
        self._console = console
        self._titles = titles
        self._live = Live(console=console, refresh_per_second=2) if console.is_terminal else None
        self._last_line_at = -_PLAIN_EVERY_SECONDS

    def __enter__(self) -> Page:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, numbers: Numbers, elapsed_seconds: float, phase: str) -> None:
        if self._live is not None:
            self._live.update(self.render(numbers, elapsed_seconds, phase))
        elif elapsed_seconds - self._last_line_at >= _PLAIN_EVERY_SECONDS:
            self._last_line_at = elapsed_seconds
            self._console.print(plain_line(numbers, elapsed_seconds, phase), highlight=False, soft_wrap=True)

    def render(self, numbers: Numbers, elapsed_seconds: float, phase: str) -> RenderableType:
        counts = Table.grid(padding=(0, 3))
        counts.add_column()
        counts.add_column(justify="right", style="bold")
        counts.add_column(style="dim")
        for label, value, meaning in (
            ("Terminals online", f"{numbers.online} of {numbers.terminals}", "time clocks that talk to us"),
            ("Punches made", _number(numbers.made), "people who held a finger to a clock"),
            ("Acknowledged", _number(numbers.acknowledged), "the clock was told: we have it for good"),
            ("Stored", _number(numbers.stored), "punch records in Kafka, repeats included"),
            ("Visible", _number(numbers.visible), "punches that a report in ClickHouse shows, each once"),
            ("Put aside", _number(numbers.put_aside), "could not be understood; kept to look at"),
            ("Delay", delay_words(numbers), "from the clock's upload to the report: half / 95 of 100 are faster"),
        ):
            counts.add_row(label, value, meaning)
        if numbers.cards is not None:
            counts.add_row("Hours this week", _hours(numbers.cards), "worked since Monday, by all timecards")
            counts.add_row("Timecards", *_ranked(numbers.cards.statuses))
            counts.add_row("To be looked at", *_ranked(numbers.cards.exceptions))
        for source in numbers.sources:
            counts.add_row(source.title, _number(source.made), "rows made on the other side, which we fetch")
        parts = Text("  ").join(self._part(name, trouble) for name, trouble in numbers.troubles.items())
        title = f"punchstream · {phase} · {elapsed_seconds:.0f} s"
        foot = Text(f"restarts {numbers.restarts} · Ctrl-C stops and drains", style="dim")
        return Panel(Group(counts, Text(), parts, foot), title=title, expand=False)

    def _part(self, name: str, trouble: str) -> Text:
        title = self._titles.get(name, name)
        return Text(f"✗ {title}: {trouble}", style="red") if trouble else Text(f"✓ {title}", style="green")


def plain_line(numbers: Numbers, elapsed_seconds: float, phase: str) -> str:
    troubles = ", ".join(f"{name}: {trouble}" for name, trouble in numbers.troubles.items() if trouble)
    return (
        f"{elapsed_seconds:4.0f} s {phase}: terminals online {numbers.online} of {numbers.terminals}, punches made "
        f"{_number(numbers.made)}, acknowledged {_number(numbers.acknowledged)}, stored {_number(numbers.stored)}, "
        f"{''.join(f'{source.title} {_number(source.made)} rows, ' for source in numbers.sources)}"
        f"{_card_words(numbers.cards)}"
        f"visible {_number(numbers.visible)}, put aside {_number(numbers.put_aside)}, delay {delay_words(numbers)}, "
        f"parts {troubles or 'all well'}"
    )


def delay_words(numbers: Numbers) -> str:
    if numbers.delay_p50_ms < 0:
        return "not known"
    return f"{numbers.delay_p50_ms / 1000:.2f} s / {numbers.delay_p95_ms / 1000:.2f} s"


def _hours(cards: CardNumbers) -> str:
    return f"{cards.worked_this_week / 60:,.1f}"


def _ranked(counts: Mapping[str, int]) -> tuple[str, str]:
    """The sum, and what it is made of, the most frequent first."""
    ranked = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return _number(sum(counts.values())), ", ".join(f"{name} {_number(count)}" for name, count in ranked)


def _card_words(cards: CardNumbers | None) -> str:
    if cards is None:
        return ""
    return (
        f"timecards {_number(sum(cards.statuses.values()))}, hours this week {_hours(cards)}, exceptions "
        f"{_number(sum(cards.exceptions.values()))}, "
    )


def _number(value: int) -> str:
    return "not known" if value < 0 else f"{value:,}"
