"""The calls about the door log and the call log. Rows come newest first and as sent: `wire.akuvox.redaction.hash_code`
before they go anywhere. No reader calls delete_* or clear_*: others read these logs too (spec/connectors.md B-3 8)."""

from __future__ import annotations

from connectors.akuvox.calls import Calls
from connectors.errors import RequestRefused
from wire.akuvox.codes import CALL_TYPE_NAMES
from wire.akuvox.rows import LogPage, WriteResult


class LogCalls(Calls):
    """page: from 1, ten rows each; None for the whole log. Firmware may ignore it."""

    async def door_log(self, page: int | None = None) -> LogPage:
        return await self._page("doorlog/get", page)

    async def delete_door_event(self, row_id: str) -> WriteResult:
        return await self._write("doorlog/del", _one(row_id))

    async def clear_door_log(self) -> WriteResult:
        return await self._write("doorlog/clear")

    async def export_door_log(self) -> bytes:
        """An xml; without paging, so a fallback for a backfill only."""
        return await self._file("doorlog/export")

    async def call_log(self, page: int | None = None, call_type: str = "") -> LogPage:
        """call_type: of codes.CALL_TYPE_NAMES; all when empty."""
        return await self._page("callog/get", page, Type=_call_type(call_type) if call_type else "")

    async def delete_call(self, row_id: str) -> WriteResult:
        return await self._write("callog/del", _one(row_id))

    async def clear_call_log(self, call_type: str = "All") -> WriteResult:
        return await self._write("callog/clear", {"Type": _call_type(call_type)})

    async def export_call_log(self) -> bytes:
        return await self._file("callog/export")


def _one(row_id: str) -> dict[str, str]:
    if not row_id.isascii() or not row_id.isdigit():
        raise RequestRefused("a row of a log is deleted by its ID, a number")
    return {"ID": row_id}


def _call_type(call_type: str) -> str:
    if call_type not in CALL_TYPE_NAMES:
        raise RequestRefused(f"call type is of {', '.join(CALL_TYPE_NAMES)}")
    return call_type
