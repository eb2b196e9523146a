"""QUERY: the rows go up as ordinary uploads before the result (document, part VI, 11; spec/zk-push.md D14)."""

from simulate.fleet import answers
from simulate.fleet.commands import read_fields
from simulate.fleet.dialect import Dialect
from simulate.fleet.memory import BACKLOG_ROWS
from simulate.fleet.punches import PunchMaker, seconds_of
from simulate.fleet.rows import Upload, bodies, table_uploads
from simulate.fleet.store import Store
from simulate.fleet.tables import table_named

Found = tuple[int, list[Upload]]


def query(store: Store, maker: PunchMaker, dialect: Dialect, name: str, text: str) -> Found:
    """The result code and the uploads of `QUERY name text`."""
    fields = read_fields(text)
    if name.upper() == "ATTLOG":
        return query_log(maker, dialect, fields)
    table = table_named(name)
    if table is None:
        return answers.NOT_CONFIGURED, []
    wanted = {key.lower(): fields[key.lower()] for key in table.keys if key.lower() in fields}
    if fields and not wanted:
        return answers.BAD_PARAMETER, []
    if "pin" in wanted and store.user(wanted["pin"]) is None:
        return answers.NO_SUCH_USER, []
    rows = store.rows(table.name)
    found = [rows[key] for key in store.matching(table, wanted)]
    if not found and wanted:
        return answers.NO_MATCH, []
    return answers.OK, table_uploads(store, dialect, table.name, found)


def query_log(maker: PunchMaker, dialect: Dialect, fields: dict[str, str]) -> Found:
    """The attendance records of a time, StartTime and EndTime included; both may be left out."""
    span = read_span(fields)
    if span is None:
        return answers.BAD_PARAMETER, []
    rows = [maker.record(*record).row for record in maker.history.between(*span)]
    return answers.OK, bodies(dialect, "ATTLOG", rows, BACKLOG_ROWS[1])


def read_span(fields: dict[str, str]) -> tuple[int, int] | None:
    """StartTime and EndTime as seconds of the clock; None when one cannot be read."""
    try:
        first = seconds_of(fields["starttime"].strip()) if "starttime" in fields else 0
        last = seconds_of(fields["endtime"].strip()) if "endtime" in fields else 2**40
    except ValueError:
        return None
    return first, last
