"""JSON Schema files, written from the types: `python -m schemas.jsonschema` rewrites schemas/json/."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import TypeAdapter

from schemas.events import Punch

FOLDER = Path(__file__).parent / "json"
EVENT_TYPES = {"punches": Punch}


def schema_files() -> dict[str, str]:
    """File name to content for every event type."""
    files = {}
    for topic, event_type in EVENT_TYPES.items():
        schema = TypeAdapter(event_type).json_schema()
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"punchstream:{topic}:1", **schema}
        files[f"{topic}.json"] = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
    return files


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, content in schema_files().items():
        (FOLDER / name).write_text(content)


if __name__ == "__main__":
    main()
