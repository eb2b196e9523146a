"""Uploads: which table, where it is kept, what is answered. Sources: vendor's document 2.4; spec/zk-push.md 2.3 to 2.6.

Acknowledged rows are rows received, readable or not (zk-push.md 0.6); nothing is refused for its content (0.5).
"""

from __future__ import annotations

import re
from typing import Final

from ingest.emit import DEVICE, OPERATIONS, PHOTOS, Emitter, route_of
from ingest.exchange import Exchange
from ingest.metrics import TALLY
from ingest.stamps import Stamps
from wire.zkpush.attlog import count_rows
from wire.zkpush.handshake import PLAIN_OK, ok_count
from wire.zkpush.session import table_count
from wire.zkpush.target import table_of

_COUNT = re.compile(r"[0-9]{1,9}")
# Answered without a count: a list of options, and what access terminals report (spec/zk-push.md C59, C61).
_PLAIN_TABLES: Final = frozenset(("OPTIONS", "RTLOG", "RTSTATE"))


# One picture is one thing acknowledged, however many bytes look like line ends.
_ONE_THING: Final = frozenset(("ATTPHOTO",))


class Uploads:
    def __init__(self, emitter: Emitter, stamps: Stamps) -> None:
        self._emitter = emitter
        self._stamps = stamps

    async def upload(self, exchange: Exchange) -> bytes:
        """A table, on cdata or fdata."""
        device, target = exchange.device, exchange.target
        params = target.params
        body = exchange.body_that_is_here()
        if body is None:
            body = await exchange.body()
        table = table_of(params) or params.get("type", "").upper()
        if target.name == "fdata":
            table, route = table or "ATTPHOTO", PHOTOS
        else:
            table, route = table or "UNKNOWN", route_of(table)
        if body:
            await self._emitter.store(route, table, body, device, exchange.where())
        stamp = params.get("stamp") or params.get("opstamp") or params.get("photostamp")
        if stamp:
            self._stamps.acknowledged(device.serial, table, stamp)
        if table == "TABLEDATA":
            return _table_data_answer(params, body)
        if table in _PLAIN_TABLES:
            return PLAIN_OK
        packed = "contenttype" in params  # rows in a tgz cannot be counted here (zk-push.md T15)
        count = min(1, len(body)) if table in _ONE_THING or packed else count_rows(body)
        if table == "ATTLOG":
            TALLY.acked_rows += count
        return PLAIN_OK if device.ack_profile == "plain" else ok_count(count)

    async def query_data(self, exchange: Exchange) -> bytes:
        """The answer of an access terminal to a query (zk-push.md E5), kept as an upload is."""
        body = await exchange.body()
        if body:
            await self._emitter.store(OPERATIONS, "QUERYDATA", body, exchange.device, exchange.where())
        params = exchange.target.params
        return _table_data_answer(params, body) if params.get("tablename") else PLAIN_OK

    async def other(self, exchange: Exchange) -> bytes:
        """An endpoint that nobody named: kept, and answered so that the device goes on."""
        body = await exchange.body()
        route = OPERATIONS if body else DEVICE  # a body of unknown kind may hold secrets
        await self._emitter.store(route, exchange.target.name.upper(), body, exchange.device, exchange.where())
        return PLAIN_OK


def _table_data_answer(params: dict[str, str], body: bytes) -> bytes:
    """`<tablename>=<count>`, which access terminals insist on (zk-push.md E4)."""
    count = params.get("count", "")
    return table_count(params.get("tablename", ""), int(count) if _COUNT.fullmatch(count) else count_rows(body))
