"""The JSON Schema files are those of the types, and describe what is really written."""

from __future__ import annotations

import json

import jsonschema
import pytest

from schemas.codec import encode_event
from schemas.events import Punch, TimeFlag
from schemas.jsonschema import FOLDER, schema_files

PUNCH = Punch(
    v=1, event_id="0" * 32, rank=(1 << 64) - 1, tenant="demo", device="SIM1", site="", pin="7", local_time=0,
    local_text="2026-11-21 08:00:00", punch_at=0, utc_offset_s=3600, zone="Europe/Berlin", clock="zone",
    time_flags=[TimeFlag.FUTURE_PUNCH], state=None, verify=1, work_code="", job_codes=[], tip_codes=[],
    is_attendance=True, not_attendance_reason="", source="push", source_ref="", received_at=0,
    raw_topic="raw.attendance", raw_partition=0, raw_offset=0, raw_line=1, request_id="r", parser_version=1,
    registry_version=0, extra={"c8": "x"},
)  # fmt: skip


def test_files_are_current() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
    assert written == schema_files(), "run `python -m schemas.jsonschema`"


def test_a_punch_as_written_is_valid() -> None:
    jsonschema.validate(json.loads(encode_event(PUNCH)), json.loads((FOLDER / "punches.json").read_text("utf-8")))


@pytest.mark.parametrize(("field", "value"), [("event_id", "x"), ("time_flags", ["ODD"]), ("pin", ""), ("v", 2)])
def test_another_is_not(field: str, value: object) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(
            {**json.loads(encode_event(PUNCH)), field: value},
            json.loads((FOLDER / "punches.json").read_text("utf-8")),
        )


def test_every_field_is_described() -> None:
    schema = json.loads((FOLDER / "punches.json").read_text("utf-8"))
    assert [name for name, field in schema["properties"].items() if not field.get("description")] == []
