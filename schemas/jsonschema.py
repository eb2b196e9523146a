"""JSON Schema files, written from the types: `python -m schemas.jsonschema` rewrites schemas/json/."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from schemas.approvals import Approval
from schemas.audit import AuditEvent
from schemas.commands import CommandEvent
from schemas.corrections import Correction
from schemas.device_events import AccessEvent, Operation, Person, Photo
from schemas.devices import DeviceInput, DeviceState
from schemas.employees import Employee, Identity
from schemas.events import Punch
from schemas.lastpunch import LastPunch
from schemas.payperiods import PayPeriod, PeriodReport
from schemas.resolver_input import ResolverInput
from schemas.timecards import CardAdjustment, DailyCard, WeekCard
from schemas.timecards_input import TimecardInput
from schemas.vendor_timecards import VendorTimecard

FOLDER = Path(__file__).parent / "json"
EVENT_TYPES: dict[str, type] = {
    "punches": Punch,
    "operations": Operation,
    "people": Person,
    "photos": Photo,
    "access": AccessEvent,
    "device.input": DeviceInput,
    "devices": DeviceState,
    "commands": CommandEvent,
    "lastpunch": LastPunch,
    "audit": AuditEvent,
    "employees": Employee,
    "identities": Identity,
    "corrections": Correction,
    "timecards.vendor": VendorTimecard,
    "resolver.input": ResolverInput,
    "timecards.input": TimecardInput,
    "timecards.daily": DailyCard,
    "timecards.history": DailyCard,
    "timecards.week": WeekCard,
    "timecards.adjustments": CardAdjustment,
    "timecards.reports": PeriodReport,
    "payperiods": PayPeriod,
    "approvals": Approval,
}


def event_schema(topic: str, event_type: type) -> dict[str, Any]:
    """The JSON Schema of one event type."""
    schema = TypeAdapter(event_type).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"punchstream:{topic}:1", **schema}


def schema_files() -> dict[str, str]:
    """File name to content for every event type."""
    return {
        f"{topic}.json": json.dumps(event_schema(topic, event_type), indent=2, ensure_ascii=False) + "\n"
        for topic, event_type in EVENT_TYPES.items()
    }


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, content in schema_files().items():
        (FOLDER / name).write_text(content)


if __name__ == "__main__":
    main()
