"""The event reference for people, written from the types: `python -m schemas.reference` rewrites docs/events.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from schemas.deadletters import DeadLetter, Reason
from schemas.headers import RawHeaders
from schemas.jsonschema import EVENT_TYPES, event_schema
from schemas.topics import CATALOGUE, DAY_MS, Topic

FILE = Path(__file__).parent.parent / "docs" / "events.md"

_INTRODUCTION = """\
# Topics and events

Written from `schemas/` by `python -m schemas.reference`; a test fails when it is not current.

Topic names stand without the deployment's prefix (`kafka.topic_prefix`). The Kafka key is the compaction identity; the
partition is murmur2 of "partition by". Derived events are one JSON object a record, flat, times as integer epoch
milliseconds, unknown device fields as strings in `extra`. The JSON Schema files are in `schemas/json/`.
"""


def reference() -> str:
    """The whole page."""
    parts = [_INTRODUCTION, _topics(), _raw_headers()]
    parts += [_event(topic, event_schema(topic, event_type)) for topic, event_type in EVENT_TYPES.items()]
    parts.append(_dead_letters())
    return "\n".join(parts)


def _topics() -> str:
    lines = ["## Topics", "", "| topic | key | partition by | value | written by | kept |", "|---|---|---|---|---|---|"]
    for topic in CATALOGUE:
        cells = (f"`{topic.name}`", topic.key, topic.partition_by, topic.value, ", ".join(topic.writers), _kept(topic))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _kept(topic: Topic) -> str:
    if topic.cleanup == "compact":
        return "compacted"
    return "for ever" if topic.retention_ms is None else f"{topic.retention_ms // DAY_MS} days"


def _raw_headers() -> str:
    return (
        "## Raw records\n\nThe value of a record on a `raw.*` topic is the body as received, "
        "sealed where `sealed` says so. Headers:\n\n" + _indented(RawHeaders.__doc__)
    )


def _dead_letters() -> str:
    reasons = "\n".join(f"- `{reason.value}`" for reason in Reason)
    return (
        "## Dead letters\n\nThe value is the bytes that could not be understood. Headers:\n\n"
        + _indented(DeadLetter.__doc__)
        + f"\nReasons:\n\n{reasons}\n"
    )


def _indented(text: str | None) -> str:
    lines = [line.strip() for line in (text or "").strip().splitlines()]
    return "\n".join(lines[2:]) + "\n"


def _event(topic: str, schema: dict[str, Any]) -> str:
    definitions = schema.get("$defs", {})
    parts = [_fields(f"## `{topic}`: {schema['title']}", schema, definitions)]
    topics = {event_type.__name__ for event_type in EVENT_TYPES.values()}
    parts += [
        _fields(f"### {name}", part, definitions)
        for name, part in definitions.items()
        if "properties" in part and name not in topics
    ]
    return "\n".join(parts)


def _fields(heading: str, schema: dict[str, Any], definitions: dict[str, Any]) -> str:
    lines = [heading, "", schema["description"], "", "| field | type | meaning |", "|---|---|---|"]
    for name, field in schema["properties"].items():
        lines.append(f"| `{name}` | {_type(field, definitions)} | {field.get('description', '')} |")
    return "\n".join(lines) + "\n"


def _type(field: dict[str, Any], definitions: dict[str, Any]) -> str:
    if "$ref" in field:
        name = field["$ref"].rsplit("/", 1)[1]
        values = definitions[name].get("enum")
        return f"a {name}" if values is None else "one of " + ", ".join(f"`{value}`" for value in values)
    if "const" in field:
        return f"`{field['const']}`"
    if "enum" in field:
        return "one of " + ", ".join(f"`{value}`" for value in field["enum"])
    if "anyOf" in field:
        return " or ".join(_type(option, definitions) for option in field["anyOf"])
    if field.get("type") == "array":
        return "list of " + _type(field["items"], definitions)
    if field.get("type") == "object":
        values = field.get("additionalProperties", {})
        return "any object" if values is True else f"map of string to {_type(values, definitions)}"
    return str(field.get("type", ""))


def main() -> None:
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(reference())


if __name__ == "__main__":
    main()
