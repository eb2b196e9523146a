"""What the page says of timecards: by status, hours of this week, exceptions."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from cli.clickhouse_reader import CardNumbers, card_numbers, reader
from runtime.settings import Settings
from tests.integration.sinks.test_event_tables import EVENTS
from tests.integration.sinks.test_pay_views import _store

CARD = asdict(EVENTS["timecards.daily"])


async def test_cards_by_status_hours_of_this_week_and_exceptions(settings: Settings) -> None:
    with reader(settings.clickhouse) as client:
        assert card_numbers(client) == CardNumbers()
    today = datetime.now(UTC).date()
    week = {"week_start": (today - timedelta(days=today.weekday())).isoformat(), "work_date": today.isoformat()}
    cards = [
        CARD | {"employee": "a", "status": "COMPLETE", "exceptions": ["LATE", "MISSING_OUT"]} | week | {"worked": 60},
        CARD | {"employee": "b", "status": "OPEN", "exceptions": ["LATE", "LATE_ARRIVING"]} | week | {"worked": 30},
        CARD | {"employee": "c", "status": "COMPLETE", "exceptions": [], "worked": 500},
        CARD | {"employee": "d", "status": "VOID", "exceptions": [], "worked": 0} | week,
    ]
    await _store(settings, "timecards.daily", cards)
    with reader(settings.clickhouse) as client:
        assert card_numbers(client) == CardNumbers({"COMPLETE": 2, "OPEN": 1}, 90, {"LATE": 2, "MISSING_OUT": 1})
