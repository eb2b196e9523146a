"""The door log and the call log over the HTTP API (document, chapters callog and doorlog)."""

from simulate.akuvox.call import Call, File, Reply
from simulate.akuvox.errors import RefusedCall
from simulate.akuvox.files import comma_separated, xml
from simulate.akuvox.item_calls import list_data
from simulate.akuvox.rows import CALL_TYPES, Log, printed
from simulate.akuvox.station import Station

_CALL_COLUMNS = ("ID", "Date", "Time", "Type", "LocalIdentity", "Name", "Num")


def log_get(station: Station, call: Call) -> Reply:
    """Newest first: a page of 10, or the whole log when no page is named."""
    log = _log(call)
    kind = _call_type(call) if log == "call" else ""
    ring, quirks = station.logs[log], station.quirks
    total = len(ring) if not kind else len(ring.newest(kind=kind))
    page = call.number("page", 0, 0, 1_000_000)
    if page == 0 or quirks.ignores_page:
        rows = ring.newest(kind=kind)
    else:
        rows = ring.newest((page - 1) * quirks.page_rows, quirks.page_rows, kind)
    items = [printed(row, quirks, station.identity.address) for row in rows]
    return Reply(list_data(station, total, items), rows=tuple(rows), log=log)


def log_del(station: Station, call: Call) -> Reply:
    log, row_id = _log(call), call.text("ID")
    if not row_id:
        raise RefusedCall(-100, "Param error")
    if not station.logs[log].delete(row_id, station.now_ms()):
        raise RefusedCall(-1, "Failed")
    station.happened("delete", f"{log} {row_id}")
    return Reply()


def log_clear(station: Station, call: Call) -> Reply:
    log = _log(call)
    station.clear(log, only_kind=_call_type(call) if log == "call" else "")
    return Reply(action="upgrade" if log == "call" else "")


def log_export(station: Station, call: Call) -> Reply:
    """The door log as DoorLog.xml, the call log as History.csv: rows that a reader of the file has got."""
    log = _log(call)
    rows = station.logs[log].newest()
    items = [printed(row, station.quirks, station.identity.address) for row in rows]
    if log == "door":
        file = File("DoorLog.xml", xml("DoorLog", items))
    else:
        file = File("History.csv", comma_separated(_CALL_COLUMNS, items))
    return Reply(file=file, rows=tuple(rows), log=log)


def _log(call: Call) -> Log:
    return "door" if call.target == "doorlog" else "call"


def _call_type(call: Call) -> str:
    """The type of call that is asked for; empty for all. Both the document's numbers and its words are taken."""
    text = call.text("Type", "All")
    if text in ("0", "All"):
        return ""
    by_number = dict(zip("12345", CALL_TYPES, strict=True))
    kind = by_number.get(text, text)
    if kind not in CALL_TYPES:
        raise RefusedCall(-100, "Param error")
    return kind
