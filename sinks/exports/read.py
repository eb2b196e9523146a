"""Reads a locked period from ClickHouse: the cards as they were locked, the adjustments that are paid with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import orjson
from clickhouse_connect.driver.client import Client

from schemas.payperiods import Manifest
from schemas.timecards import MANIFEST_KEYS
from sinks.errors import ExportRefused
from sinks.exports.data import LockedCard, LockedPeriod, PaidAdjustment

_PERIOD: Final = """
SELECT `last`, version, status, manifest FROM payperiods_v
WHERE tenant = {tenant:String} AND pay_group = {pay_group:String} AND `first` = {first:Date}
"""
_CARDS: Final = f"""
SELECT employee, work_date, week_start, version, content_hash, site, employer, payroll_number, leave_codes, content,
    {", ".join(MANIFEST_KEYS)}
FROM timecards_daily_v
WHERE tenant = {{tenant:String}} AND pay_group = {{pay_group:String}} AND is_final
    AND work_date BETWEEN {{first:Date}} AND {{last:Date}}
ORDER BY employee, work_date
"""  # noqa: S608 - the keys are constants
_ADJUSTMENTS: Final = """
SELECT adjustment_id, employee, work_date, week_start, new_version, site, employer, payroll_number, minutes
FROM timecards_adjustments_v
WHERE tenant = {tenant:String} AND pay_group = {pay_group:String} AND apply_first = {first_text:String}
ORDER BY employee, work_date, sequence, adjustment_id
"""


def read_period(client: Client, tenant: str, pay_group: str, first: date, *, company_code: str = "") -> LockedPeriod:
    """Raises ExportRefused when there is no such period, or it is not locked."""
    names = {"tenant": tenant, "pay_group": pay_group, "first": first, "first_text": str(first)}
    found = client.query(_PERIOD, parameters=names).result_rows
    if not found:
        raise ExportRefused(f"there is no pay period of {pay_group} (tenant {tenant}) that begins on {first}")
    last, version, status, manifest = found[0]
    if status != "LOCKED":
        raise ExportRefused(f"period {first} to {last} of {pay_group} is {status}: only locked hours are exported")
    cards = client.query(_CARDS, parameters={**names, "last": last})
    adjustments = client.query(_ADJUSTMENTS, parameters=names)
    return LockedPeriod(
        tenant=tenant,
        pay_group=pay_group,
        first=first,
        last=last,
        version=version,
        manifest=Manifest(**orjson.loads(manifest)),
        company_code=company_code,
        cards=[_card(dict(zip(cards.column_names, row, strict=True))) for row in cards.result_rows],
        adjustments=[
            PaidAdjustment(**dict(zip(adjustments.column_names, row, strict=True))) for row in adjustments.result_rows
        ],
    )


def _card(row: Mapping[str, Any]) -> LockedCard:
    return LockedCard(
        employee=row["employee"],
        work_date=row["work_date"],
        week_start=row["week_start"],
        version=row["version"],
        content_hash=row["content_hash"],
        site=row["site"],
        employer=row["employer"],
        payroll_number=row["payroll_number"],
        minutes={key: row[key] for key in MANIFEST_KEYS},
        leave_codes=row["leave_codes"],
        places=_places(orjson.loads(row["content"]).get("segments", ()), row["site"]),
    )


def _places(segments: Sequence[Mapping[str, Any]], home: str) -> dict[tuple[str, str], int]:
    """Paid seconds on the clock by site and work code; where nobody says where, it was at home."""
    places: dict[tuple[str, str], int] = {}
    for segment in segments:
        place = (segment["site"] or home, segment["work_code"])
        places[place] = places.get(place, 0) + segment["paid_end"] - segment["paid_start"]
    return places
