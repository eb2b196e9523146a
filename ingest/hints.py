"""Action URLs of door stations: taken at a secret path, stripped of what is secret, told to the connectors.

Source: spec/connectors.md A5, B-3.9. The answer waits for Kafka: a station without a log has nothing but its hints.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qsl

from ingest.answers import Answer
from ingest.errors import Poison, Reason, Refused, Retriable
from ingest.metrics import REFUSALS, TALLY, Endpoint
from runtime.errors import BufferFull, DeliveryFailed
from runtime.hint_paths import PREFIX, station_of_path
from runtime.producer import Producer
from schemas.codec import encode_event
from schemas.hints import Hint
from schemas.polled import STATION_PREFIX

log = logging.getLogger(__name__)

TOPIC: Final = "hints"
_MAX_PARAMS: Final = 40
_MAX_VALUE: Final = 200
# Codes, card numbers and QR texts open doors: what is not named here is not kept.
_KEPT: Final = frozenset(
    ("event", "mac", "ip", "model", "firmware", "userid", "user_name", "unlocktype", "alarmstatus", "remote", "time")
)
_KEPT_STARTS: Final = ("relay", "input")


class Hints:
    """`key` makes the secret paths; None serves nobody. The producer must have prepared TOPIC."""

    def __init__(self, producer: Producer, key: bytes | None, *, clock: Callable[[], float] = time.time) -> None:
        self._producer = producer
        self._key = key
        self._clock = clock

    def takes(self, raw_path: str) -> bool:
        return self._key is not None and raw_path.startswith(PREFIX)

    async def answer(self, method: str, raw_path: str, *, close: bool) -> Answer:
        try:
            await self._tell(method, raw_path)
        except Refused as refused:
            (TALLY.retry if isinstance(refused, Retriable) else TALLY.refused)[Endpoint.HINT] += 1
            REFUSALS[refused.reason].inc()
            return Answer(refused.status, refused.text.encode(), close=True)
        TALLY.ok[Endpoint.HINT] += 1
        return Answer(200, b"OK", close=close)

    async def _tell(self, method: str, raw_path: str) -> None:
        """Raises Poison for a path that is not of ours, Retriable when Kafka does not take it."""
        path, _, query = raw_path.partition("?")
        if method != "GET":
            raise Poison(Reason.METHOD, "only GET is served here\n", status=405)
        mac = station_of_path(self._key, path) if self._key is not None else None
        if mac is None:
            raise Poison(Reason.NOT_FOUND, "nothing here\n", status=404)
        station = STATION_PREFIX + mac
        at, key = int(self._clock() * 1000), station.encode()
        value = encode_event(Hint(station=station, at=at, params=kept_params(query)))
        try:
            await self._producer.append(TOPIC, key, value, partition_by=key, headers=[], timestamp_ms=at).acked()
        except BufferFull:
            raise Retriable(Reason.BUDGET_FULL, "busy, send again later\n") from None
        except DeliveryFailed as error:
            log.warning("a hint of %s is not stored: %s", station, error)
            raise Retriable(Reason.NOT_ACKNOWLEDGED, "not stored, send again\n") from None


def kept_params(query: str) -> dict[str, str]:
    """What of the query may be kept, names in lower case; placeholders that were not filled in are left out."""
    try:
        pairs = parse_qsl(query, max_num_fields=_MAX_PARAMS, encoding="utf-8", errors="replace")
    except ValueError:
        return {}
    kept = {}
    for name, value in pairs:
        name = name.lower()
        if (name in _KEPT or name.startswith(_KEPT_STARTS)) and not value.startswith("$"):
            kept[name] = value[:_MAX_VALUE]
    return kept
