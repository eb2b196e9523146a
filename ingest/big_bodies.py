"""Sealed bodies that are too big for a record: in the object store, durable, before a record names them.

Source: DESIGN 2.1, 8; docs/decisions/0021.
"""

from __future__ import annotations

import logging

from ingest.budget import Budget
from ingest.errors import Reason, Retriable
from ingest.throttle import Throttle
from runtime.errors import StoreRefused, StoreUnavailable
from runtime.objects import ObjectStore
from runtime.raw_bodies import StoredRaw, store_raw
from runtime.sealing import Sealer

log = logging.getLogger(__name__)


class BigBodies:
    """`inline_bytes`: up to here a body travels in its record. `deadline_seconds`: for store and Kafka together."""

    def __init__(self, objects: ObjectStore, budget: Budget, *, inline_bytes: int, deadline_seconds: float) -> None:
        self._objects = objects
        self._budget = budget
        self._quiet = Throttle()
        self.inline_bytes = inline_bytes
        self.deadline_seconds = deadline_seconds

    async def keep(self, sealer: Sealer, topic: str, serial: str, body: bytes, at_ms: int) -> StoredRaw:
        """Raises Retriable: the budget is full, or the store does not take it. A store that refuses for good is no
        reason to end an edge: punches do not need it.
        """
        self._budget.take(len(body))
        try:
            return await store_raw(self._objects, sealer, topic, serial, body, at_ms)
        except (StoreUnavailable, StoreRefused) as error:
            raise self.refusal(str(error)) from None
        finally:
            self._budget.give_back(len(body))

    def refusal(self, why: str) -> Retriable:
        """To be raised when a body was not stored; `why` goes to the log, now and then."""
        if (kept_back := self._quiet.allow("store")) is not None:
            log.error("a big upload is refused, %s; %d more like it since the last line", why, kept_back)
        return Retriable(Reason.STORE_UNAVAILABLE, "not stored, send again later\n")
