"""What is known of the polled sources: the settings name them, the tracker says how they are, connectors.state how far
they have come. Read from Kafka without taking part in any group.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from cli.kafka_reader import KafkaReader
from runtime.connector_sections import AkuvoxStation, BioTimeServer, Polled
from runtime.settings import Settings
from schemas.codec import NotAnEvent, decode_event
from schemas.devices import DeviceState

_STATE: Final = "connectors.state"
_DEVICES: Final = "devices"
# Long lists of numbers, or of digests, that say nothing to people; how many there are does.
_COUNTED: Final = frozenset(("recent_ids", "known", "fingerprints", "odd"))


@dataclass(frozen=True, slots=True)
class SourceNow:
    """One source of the settings. state: as the tracker last said, None when never; kept: connectors.state by name."""

    source: Polled
    state: DeviceState | None = None
    kept: dict[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> str:
        if self.state is None or self.state.source_status is None:
            return "never polled"
        return self.state.source_status.value

    @property
    def worker(self) -> str:
        return str(self.kept.get("lease", {}).get("worker", ""))

    @property
    def is_paused(self) -> bool:
        return bool(self.kept.get("control", {}).get("paused"))


def configured(settings: Settings) -> list[BioTimeServer | AkuvoxStation]:
    return [*settings.connectors.biotime, *settings.connectors.akuvox]


async def sources_now(settings: Settings) -> list[SourceNow]:
    """In the order of the settings."""
    wanted = {source.key: source for source in configured(settings)}
    states: dict[str, DeviceState] = {}
    kept: dict[str, dict[str, Any]] = {key: {} for key in wanted}
    async with KafkaReader(settings.kafka) as reader:
        async for record in reader.records(_DEVICES):
            key = (record.key or b"").decode("utf-8", "replace")
            if key in wanted and record.value is not None:
                try:
                    states[key] = decode_event(DeviceState, record.value)
                except NotAnEvent:
                    states.pop(key, None)  # of another version: as if it were not known
        async for record in reader.records(_STATE):
            source, _, name = (record.key or b"").decode("utf-8", "replace").partition("+")
            if source in wanted:
                if record.value is None:
                    kept[source].pop(name, None)
                else:
                    kept[source][name] = orjson.loads(record.value)
    return [SourceNow(source, states.get(key), kept[key]) for key, source in wanted.items()]


def shortened(value: Any) -> Any:
    """A value of connectors.state for people: what is long is counted."""
    if isinstance(value, dict):
        return {name: _counted(name, inner) for name, inner in value.items()}
    return value


def _counted(name: str, value: Any) -> Any:
    if isinstance(value, list | dict | str) and (name in _COUNTED or len(value) > 200):
        return f"({len(value)} of them)" if not isinstance(value, str) else f"({len(value)} characters)"
    return shortened(value)
