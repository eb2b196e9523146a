"""How a terminal prints rows of its tables, and cuts them into uploads (spec/zk-push.md 2.4, O1 to O10)."""

from collections.abc import Iterable
from dataclasses import dataclass

from simulate.fleet.dialect import Dialect
from simulate.fleet.events import Event
from simulate.fleet.settings import BODY_BYTES
from simulate.fleet.store import Row, Store
from simulate.fleet.tables import TABLES, Table

_IN_OPERLOG = ("USERINFO", "FINGERTMP", "FACE", "USERPIC")


@dataclass(frozen=True, slots=True)
class Upload:
    """One body for a table. rows: how many. events: what of the ledger is in it."""

    table: str
    body: bytes
    rows: int = 1
    events: tuple[Event, ...] = ()


def printed(store: Store, table: Table, row: Row, tagged: bool = True) -> str:
    """A row as it goes up: its tag and a blank, then `Column=value` with tabs between."""
    values = dict(row)
    if table.content:
        values[table.content.lower()] = store.content(table, row)
        values["size"] = str(len(values[table.content.lower()]))
    known = {column.lower() for column in table.columns}
    pairs = [f"{column}={values.get(column.lower(), '')}" for column in table.columns]
    pairs += [f"{column}={value}" for column, value in values.items() if column not in known and column != "size"]
    return (f"{table.tag} " if tagged and table.tag else "") + "\t".join(pairs)


def table_uploads(store: Store, dialect: Dialect, name: str, rows: Iterable[Row]) -> list[Upload]:
    """Rows of one table as the answer to a query, or as news: into OPERLOG or into a table of their own."""
    table = TABLES[name]
    mixed = dialect.tables == "OPERLOG" and name in _IN_OPERLOG
    target = "OPERLOG" if mixed else name
    texts = [printed(store, table, row, tagged=mixed or name != "USERINFO") for row in rows]
    return bodies(dialect, target, texts, table.per_body)


def bodies(dialect: Dialect, table: str, rows: list[str], per_body: int, most: int = BODY_BYTES) -> list[Upload]:
    """Rows cut into bodies of at most so many rows and bytes; a row that is longer goes alone."""
    end = dialect.end.encode()
    uploads: list[Upload] = []
    part: list[bytes] = []
    size = 0
    for row in [row.encode(dialect.charset, "replace") for row in rows]:
        if part and (len(part) >= per_body or size + len(row) + len(end) > most):
            uploads.append(_upload(dialect, table, part))
            part, size = [], 0
        part.append(row)
        size += len(row) + len(end)
    if part:
        uploads.append(_upload(dialect, table, part))
    return uploads


def _upload(dialect: Dialect, table: str, rows: list[bytes]) -> Upload:
    end = dialect.end.encode()
    return Upload(table, end.join(rows) + (end if dialect.last_end else b""), len(rows))
