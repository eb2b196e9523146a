"""The AsyncAPI document of the topics, written from the catalogue: `python -m schemas.asyncapi` rewrites
schemas/asyncapi.json. Source: DESIGN 4; AsyncAPI 3.0.0.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from schemas.jsonschema import EVENT_TYPES
from schemas.topics import CATALOGUE, DAY_MS, Topic, topic_config

FILE = Path(__file__).parent / "asyncapi.json"
_REFERENCES = "#/components/schemas/{model}"
_PRINTED_REPLICAS = 2  # of what a deployment sets; `punchstream topics check` knows its own


def document() -> dict[str, Any]:
    """All topics of the catalogue whose records are events of schemas/jsonschema.py: what others may read."""
    topics = [topic for topic in CATALOGUE if topic.name in EVENT_TYPES]
    schemas: dict[str, Any] = {}
    for event_type in EVENT_TYPES.values():
        schema = TypeAdapter(event_type).json_schema(ref_template=_REFERENCES)
        schemas.update(schema.pop("$defs", {}))
        schemas[event_type.__name__] = schema
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "punchstream",
            "version": "1",
            "description": (
                "Events of time clocks and door stations, and the timecards that are derived from them. Read with "
                "isolation.level=read_committed. Topic names stand without the deployment's prefix."
            ),
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in topics},
        "operations": {f"read.{topic.name}": _operation(topic) for topic in topics},
        "components": {
            "messages": {topic.name: _message(topic) for topic in topics},
            "schemas": dict(sorted(schemas.items())),
        },
    }


def _channel(topic: Topic) -> dict[str, Any]:
    config = topic_config(topic, min_insync_replicas=_PRINTED_REPLICAS)
    kafka: dict[str, Any] = {
        "topic": topic.name,
        "topicConfiguration": {"cleanup.policy": [topic.cleanup], "max.message.bytes": topic.max_message_bytes},
        "bindingVersion": "0.5.0",
    }
    if topic.partitions is not None:
        kafka["partitions"] = topic.partitions
    if "retention.ms" in config:
        kafka["topicConfiguration"]["retention.ms"] = int(config["retention.ms"])
    return {
        "address": topic.name,
        "title": topic.name,
        "description": f"{topic.value}. Partition by {topic.partition_by}. Kept: {_kept(topic)}.",
        "messages": {"event": {"$ref": f"#/components/messages/{topic.name}"}},
        "bindings": {"kafka": kafka},
    }


def _operation(topic: Topic) -> dict[str, Any]:
    return {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{topic.name}"},
        "summary": f"Written by {', '.join(topic.writers)}.",
    }


def _message(topic: Topic) -> dict[str, Any]:
    event_type = EVENT_TYPES[topic.name]
    return {
        "name": event_type.__name__,
        "contentType": "application/json",
        "payload": {"$ref": f"#/components/schemas/{event_type.__name__}"},
        "bindings": {"kafka": {"key": {"type": "string", "description": topic.key}, "bindingVersion": "0.5.0"}},
    }


def _kept(topic: Topic) -> str:
    if topic.cleanup == "compact":
        return "the latest of each key"
    return "for ever" if topic.retention_ms is None else f"{topic.retention_ms // DAY_MS} days"


def text() -> str:
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text())
