"""Who wrote what of a compacted topic, and a digest of it: how a connector knows what changed, and what an operator has
said, without holding the records themselves. For `employees`, `identities` and `registry`.

Memory: key, digest and a shared text for a record, about 0.25 KiB; as much again for people whose employment is known.
Source: DESIGN 4 ("a connector never overwrites a record whose source is operator").
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from hashlib import blake2b
from sys import intern
from typing import Any, Final, NamedTuple

import orjson
from aiokafka import ConsumerRecord
from prometheus_client import Counter

from runtime.follower import Follower
from runtime.sections import KafkaSettings

log = logging.getLogger(__name__)

# What tells copies apart, but not what they say.
_NOT_CONTENT: Final = ("v", "rank")
_LOGGED_UNREADABLE: Final = 20

UNREADABLE = Counter("punchstream_written_unreadable_total", "records of compacted topics that make no sense")


class Written(NamedTuple):
    """by: `operator`, or the source (`biotime:<server>`) of the connector that wrote it. employment: what operators add
    to a person's record and connectors carry over, as JSON (schemas/employees.py); empty where there is none."""

    by: str
    digest: int
    employment: bytes = b""


def digest_of(value: bytes) -> int:
    """Of what a record says; the order of its fields does not count. Raises ValueError: no JSON object."""
    return _digest(_read(value))


class WrittenView:
    """Look-ups are answered from memory. `failed` says in words why following stopped; then the view is stale."""

    def __init__(self, settings: KafkaSettings, topic: str, *, client_id: str, deadline_seconds: float = 120.0) -> None:
        self._topic = topic
        self._follower = Follower(settings, topic, self._apply, client_id=client_id, deadline_seconds=deadline_seconds)
        self._written: dict[bytes, Written] = {}
        self._unreadable = 0

    @property
    def failed(self) -> str:
        return self._follower.failed

    async def start(self) -> None:
        """Returns when the end that the topic had is reached. Raises ViewUnreadable."""
        await self._follower.start()
        log.info("%s: %d records are known", self._topic, len(self._written))

    async def stop(self) -> None:
        await self._follower.stop()

    def get(self, key: bytes) -> Written | None:
        return self._written.get(key)

    def says(self, key: bytes, value: bytes) -> bool:
        """Whether the topic says this already. Raises ValueError: `value` is no JSON object."""
        known = self._written.get(key)
        return known is not None and known.digest == digest_of(value)

    def is_operators(self, key: bytes) -> bool:
        known = self._written.get(key)
        return known is not None and known.by == "operator"

    def keys_by(self, source: str) -> Iterator[bytes]:
        """Keys that the connector of this source (`biotime:<server>`) wrote."""
        return (key for key, written in self._written.items() if written.by == source)

    def _apply(self, record: ConsumerRecord[bytes, bytes]) -> None:
        key = record.key or b""
        if record.value is None:
            self._written.pop(key, None)
            return
        try:
            data = _read(record.value)
        except ValueError as error:
            UNREADABLE.inc()
            self._unreadable += 1
            if self._unreadable <= _LOGGED_UNREADABLE:
                log.error("%s: the record %r at offset %d makes no sense: %s", self._topic, key, record.offset, error)
            return
        self._written[key] = written_of(data)


def written_of(data: dict[str, Any]) -> Written:
    """Of a record as read from JSON."""
    employment = data.get("employment")
    return Written(_written_by(data), _digest(data), orjson.dumps(employment) if employment else b"")


def _read(value: bytes) -> dict[str, Any]:
    data = orjson.loads(value)
    if not isinstance(data, dict):
        raise ValueError("no JSON object")
    return data


def _written_by(data: dict[str, Any]) -> str:
    """`source_ref` is `biotime:<server>:...`; a registry record has none, its id is `biotime:<server>/<code>`."""
    if data.get("source") != "connector":
        return "operator"
    said = str(data.get("source_ref") or data.get("id") or "")
    vendor, _, rest = said.replace("/", ":").partition(":")
    return intern(f"{vendor}:{rest.partition(':')[0]}")


def _digest(data: dict[str, Any]) -> int:
    content = {name: value for name, value in data.items() if name not in _NOT_CONTENT}
    return int.from_bytes(blake2b(orjson.dumps(content, option=orjson.OPT_SORT_KEYS), digest_size=8).digest(), "big")
