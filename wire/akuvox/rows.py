"""Lists in answers, in every shape that was seen, and the results of writes.

`data.num` + `data.item[]` in the document; also `Item`, one object instead of a list, no item when empty. Source:
spec/connectors.md A5 (lists, retcode).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from wire.akuvox.envelope import Answer, Json, safe_message, whole_number
from wire.akuvox.errors import AnswerUnreadable
from wire.akuvox.redaction import allowed

_NOTHING: Final = (None, "")


@dataclass(frozen=True, slots=True)
class LogPage:
    """Rows as sent, in the station's order (logs: newest first). num: what the station says; of the page or of all."""

    rows: tuple[Json, ...] = field(repr=False)
    num: int | None = None


@dataclass(frozen=True, slots=True)
class ItemResult:
    """One item of a write. Ret below 0 failed; 0 and positive are success; without Ret the answer's retcode counts."""

    ret: int | None
    ok: bool
    id: str


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What a station says of a write that it took. details: allow-listed fields only (errata A4)."""

    retcode: int
    message: str
    items: tuple[ItemResult, ...] = ()
    details: Json = field(default_factory=dict)

    @property
    def failed(self) -> int:
        return sum(not item.ok for item in self.items)


def log_page(answer: Answer) -> LogPage:
    """The rows of a successful answer; without data there are none. Raises AnswerUnreadable when a row is no object:
    a page that cannot be read whole is not taken at all."""
    data = answer.data
    if data in _NOTHING:
        return LogPage((), None)
    if isinstance(data, list):
        return LogPage(_objects(data), None)
    if not isinstance(data, dict):
        raise AnswerUnreadable(f"data is a JSON {type(data).__name__}, a list of rows was expected")
    return LogPage(_objects(data.get("item", data.get("Item"))), whole_number(data.get("num")))


def write_result(answer: Answer) -> WriteResult:
    """Of a successful answer. An answer to a write that has no list, or one that cannot be read, has no items."""
    try:
        rows = log_page(answer).rows
    except AnswerUnreadable:
        rows = ()
    data = answer.data if isinstance(answer.data, dict) else {}
    plain = {name: value for name, value in data.items() if name not in ("item", "Item")}
    return WriteResult(
        answer.retcode, safe_message(answer.message), tuple(_item(row) for row in rows), allowed(plain)[0]
    )


def _objects(value: Any) -> tuple[Json, ...]:
    if value in _NOTHING:
        return ()
    rows = [value] if isinstance(value, dict) else value
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise AnswerUnreadable("a row of the list is no object")
    return tuple(rows)


def _item(row: Json) -> ItemResult:
    ret = whole_number(row.get("Ret"))
    number = whole_number(row.get("ID"))
    return ItemResult(ret, ret is None or ret >= 0, "" if number is None else str(number))
