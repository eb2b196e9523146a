"""What payroll reads in ClickHouse: locked cards, the adjustments that stand, and the check against the manifest."""

from dataclasses import asdict
from datetime import date
from typing import Any

import orjson
import pytest

from runtime.settings import Settings
from schemas.payperiods import PeriodStatus
from sinks.clickhouse import make_client
from sinks.errors import ExportRefused
from sinks.exports.data import LockedPeriod, manifest_of
from sinks.exports.files import make_files
from sinks.exports.maps import read_map
from sinks.exports.read import read_period
from tests.integration.sinks.support import rows, running, until_stored
from tests.integration.sinks.test_event_tables import EVENTS, _write

CARD = asdict(EVENTS["timecards.daily"])
ADJUSTMENT = asdict(EVENTS["timecards.adjustments"])
PERIOD = asdict(EVENTS["payperiods"])


async def _store(settings: Settings, topic: str, records: list[dict[str, Any]], stored_before: int = 0) -> None:
    await _write(settings, topic, [orjson.dumps(record) for record in records])
    async with running(settings):
        await until_stored(settings, stored_before + len(records), topic.replace(".", "_"))


async def test_the_record_with_the_greatest_revision_counts_and_void_cards_are_not_shown(settings: Settings) -> None:
    unlocked = CARD | {"revision": 4, "status": "COMPLETE", "is_final": False}
    void = CARD | {"employee": "008", "revision": 2, "status": "VOID", "worked": 0}
    await _store(settings, "timecards.daily", [CARD, unlocked, CARD | {"employee": "008", "revision": 1}, void])
    assert await rows(settings, "SELECT employee, status, revision FROM timecards_daily_v") == [("007", "LOCKED", 5)]


async def test_net_minutes_are_the_locked_ones_and_the_adjustments_that_stand(settings: Settings) -> None:
    other = {"adjustment_id": "d" * 32, "minutes": {"worked": 10, "ot1": 10}, "sequence": 2}
    of_an_earlier_lock = {"adjustment_id": "e" * 32, "minutes": {"worked": 1000}, "period_version": 1}
    without_a_card = {"adjustment_id": "f" * 32, "work_date": "2026-03-02", "minutes": {"worked": 60, "reg": 60}}
    await _store(settings, "timecards.daily", [CARD])
    reopened = {"version": 2, "status": str(PeriodStatus.REOPENED), "manifest": None}
    await _store(settings, "payperiods", [PERIOD | {"version": 1}, PERIOD | reopened, PERIOD])
    changes: list[dict[str, Any]] = [{}, other, of_an_earlier_lock, without_a_card, other]
    await _store(settings, "timecards.adjustments", [ADJUSTMENT | change for change in changes])
    found = await rows(
        settings, "SELECT toString(work_date), is_adjusted, worked, reg, ot1 FROM timecards_net_v ORDER BY work_date"
    )
    assert found == [("2026-03-01", 1, 460, 370, 90), ("2026-03-02", 1, 60, 60, 0)]
    found = await rows(settings, "SELECT status, version FROM payperiods_v")
    assert found == [("LOCKED", 3)]


async def test_a_card_that_is_missing_in_the_store_shows_in_the_check(settings: Settings) -> None:
    outside = CARD | {"work_date": "2026-03-09"}
    await _store(settings, "timecards.daily", [CARD, outside])
    two = PERIOD | {"manifest": PERIOD["manifest"] | {"cards": 2, "minutes": {"worked": 500}}}
    await _store(settings, "payperiods", [PERIOD, two | {"first": "2026-02-16", "last": "2026-03-08"}])
    found = await rows(settings, "SELECT cards_missing, minutes_missing FROM payperiods_check_v ORDER BY first_date")
    assert found == [(1, 20), (0, 0)]


def _read(settings: Settings, first: date) -> LockedPeriod:
    client = make_client(settings.clickhouse)
    try:
        client.database = settings.clickhouse.database
        return read_period(client, "t", "g", first, company_code="ABC")
    finally:
        client.close()


async def test_an_export_is_made_of_the_locked_cards_and_the_adjustments_paid_with_them(settings: Settings) -> None:
    segments = [{"site": "s2", "work_code": "7", "paid_start": 0, "paid_end": 480 * 60}]
    stored = CARD | {"content": {"segments": segments}, "leave": 5, "payroll_number": "42"}
    await _store(settings, "timecards.daily", [stored, CARD | {"work_date": "2026-03-09"}])
    adjusted = ADJUSTMENT | {"apply_first": "2026-02-23", "period_first": "2026-02-09", "work_date": "2026-02-10"}
    await _store(settings, "timecards.adjustments", [adjusted | {"week_start": "2026-02-09"}, ADJUSTMENT])
    await _store(settings, "payperiods", [PERIOD, PERIOD | {"first": "2026-03-09", "status": "CLOSING"}])
    period = _read(settings, date(2026, 2, 23))
    with pytest.raises(ExportRefused, match="the store has 1"):  # the manifest of the test is made up
        make_files(period, read_map("neutral"))
    await _store(
        settings, "payperiods", [PERIOD | {"version": 4, "manifest": asdict(manifest_of("t", period.cards))}], 2
    )
    (file,) = make_files(_read(settings, date(2026, 2, 23)), read_map("neutral"))
    lines = file.content.decode().split("\r\n")[1:-1]
    assert [line.split(",")[4:11] for line in lines] == [
        ["2026-02-23", "2026-03-01", "s2", "7", "reg", "400", "6.67"],
        ["2026-02-23", "2026-03-01", "s2", "7", "ot1", "80", "1.33"],
        ["2026-02-23", "2026-03-01", "s", "", "leave:sick", "5", "0.08"],
        ["2026-02-09", "2026-02-10", "", "", "reg", "-30", "-0.50"],
    ]
    with pytest.raises(ExportRefused, match="is CLOSING"):
        _read(settings, date(2026, 3, 9))
    with pytest.raises(ExportRefused, match="there is no pay period"):
        _read(settings, date(2026, 3, 23))
