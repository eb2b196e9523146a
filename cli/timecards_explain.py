"""`punchstream timecards explain`: from each minute of a card to the punches, the rule steps and the raw record."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.errors import NotFound
from cli.options import JsonFlag, print_json, settings_of
from cli.timecards_show import EmployeeArgument, TenantOption

if TYPE_CHECKING:
    from cli.card_story import CardStory
    from cli.timecard_reader import TimecardReader


def explain(
    context: typer.Context,
    employee: EmployeeArgument,
    day: Annotated[datetime, typer.Argument(metavar="DATE", formats=["%Y-%m-%d"], help="Work date, YYYY-MM-DD.")],
    version: Annotated[int | None, typer.Option(min=1, help="Else the newest one.")] = None,
    tenant: TenantOption = "",
    json: JsonFlag = False,
) -> None:
    """How a card came to be: its punches with their raw rows, the rule steps, corrections, and what changed since the
    version before."""
    from cli.card_story_text import story_lines
    from cli.clickhouse_reader import reader
    from cli.timecard_reader import TimecardReader

    settings = settings_of(context)
    with reader(settings.clickhouse) as client:
        story = _read(TimecardReader(client, tenant or settings.ingest.default_tenant, employee), day.date(), version)
    if json:
        print_json(_for_machines(story))
    else:
        print("\n".join(story_lines(story)))


def _read(cards: TimecardReader, day: date, version: int | None) -> CardStory:
    """Raises NotFound, CardUnreadable."""
    from cli.card_story import Around, card_of, punch_ids, tell
    from cli.timecard_text import adjustment_text, listed

    versions, latest = cards.versions(day, day), next(iter(cards.cards(day, day)), None)
    numbers = sorted({row["version"] for row in (*versions, *([latest] if latest is not None else ()))})
    if not numbers and (adjustments := cards.adjustments(day, day)):
        told = "; ".join(
            f"adjustment {adjustment_text(one)}, caused by {listed(one['caused_by'])}" for one in adjustments
        )
        raise NotFound(
            f"nobody had a card of {day} when its pay period was locked, only differences to nothing: {told}"
        )
    if not numbers:
        raise NotFound(f"no card of {day} is in the store: nobody punched, or its sink is behind")
    row = cards.version(day, version or numbers[-1])
    if row is None:
        raise NotFound(f"version {version} of {day} is not in the store; there are {', '.join(map(str, numbers))}")
    ids = punch_ids(card_of(row), row)
    corrections = cards.corrections(day, ids)
    moved = [one[name] for one in corrections for name in ("target_at", "punch_at") if one[name] is not None]
    punches = cards.punches(day, ids, moved)
    around = Around(
        latest=latest,
        versions=versions,
        before=cards.version(day, row["version"] - 1),
        after=cards.version(day, row["version"] + 1),
        approvals=cards.approvals(day, day),
        adjustments=cards.adjustments(day, day),
        periods=cards.periods(day, day, [row["pay_group"]]),
    )
    return tell(row, around, punches, cards.raw_records(punches.values()), corrections)


def _for_machines(story: CardStory) -> dict[str, Any]:
    """As it is; bytes of raw lines as text, the card as its content."""
    plain = asdict(story)
    plain["card"] = story.card.record() if story.card is not None else None
    for punch in plain["punches"]:
        if punch["raw"] is not None:
            del punch["raw"]["found"]
            lines = punch["raw"].pop("lines")
            punch["raw"]["line"] = lines.get(punch["row"]["raw_line"], b"").decode("utf-8", "backslashreplace")
    return plain
