"""`punchstream timecards show`: somebody's cards as ClickHouse has them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import typer

from cli.options import JsonFlag, print_json, settings_of

TenantOption = Annotated[str, typer.Option("--tenant", help="Else the setting ingest.default_tenant.")]
EmployeeArgument = Annotated[str, typer.Argument(metavar="EMPLOYEE", help="Employee code.")]
_DATE = ["%Y-%m-%d"]
_DAYS_WITHOUT_DATE = 7
_MAX_DAYS = 400


def show(
    context: typer.Context,
    employee: EmployeeArgument,
    day: Annotated[
        datetime | None, typer.Argument(metavar="DATE", formats=_DATE, help="YYYY-MM-DD; else the last 7 days.")
    ] = None,
    from_date: Annotated[datetime | None, typer.Option("--from", formats=_DATE, help="First date.")] = None,
    to_date: Annotated[datetime | None, typer.Option("--to", formats=_DATE, help="Last date.")] = None,
    week: Annotated[bool, typer.Option("--week", help="The whole workweek of DATE, or of today.")] = False,
    tenant: TenantOption = "",
    json: JsonFlag = False,
) -> None:
    """Somebody's hours: what is paid, when they came and went, what is odd, and how the cards came to be so."""
    from cli.card_blocks import show_lines, shown_days
    from cli.clickhouse_reader import reader
    from cli.timecard_reader import TimecardReader

    settings = settings_of(context)
    with reader(settings.clickhouse) as client:
        cards = TimecardReader(client, tenant or settings.ingest.default_tenant, employee)
        if week:
            first, last = cards.week_of(_one(day, from_date, to_date))
        else:
            first, last = _span(day, from_date, to_date)
        latest = cards.cards(first, last)
        days = shown_days(
            latest,
            cards.versions(first, last),
            cards.adjustments(first, last),
            cards.approvals(first, last),
            cards.periods(first, last, [card["pay_group"] for card in latest]),
        )
    if json:
        print_json({"employee": employee, "first": first, "last": last, "days": [asdict(one) for one in days]})
    else:
        print("\n".join(show_lines(employee, first.isoformat(), last.isoformat(), days)))


def _one(day: datetime | None, from_date: datetime | None, to_date: datetime | None) -> date:
    if from_date is not None or to_date is not None:
        raise typer.BadParameter("--week takes DATE, not --from or --to")
    return day.date() if day is not None else _today()


def _span(day: datetime | None, from_date: datetime | None, to_date: datetime | None) -> tuple[date, date]:
    if day is not None:
        if from_date is not None or to_date is not None:
            raise typer.BadParameter("either DATE, or --from and --to")
        return day.date(), day.date()
    last = to_date.date() if to_date is not None else _today()
    first = from_date.date() if from_date is not None else last - timedelta(_DAYS_WITHOUT_DATE - 1)
    if not timedelta(0) <= last - first < timedelta(_MAX_DAYS):
        raise typer.BadParameter(f"--from {first} to --to {last}: at most {_MAX_DAYS} dates, the first one first")
    return first, last


def _today() -> date:
    return datetime.now(UTC).date()
