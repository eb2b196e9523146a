"""Readers of users and of schedules (cards and door codes with their hours): what changed goes out, codes hashed.

The entries of users, kept in the state, are also what tells whose a door event is. Source: spec/connectors.md A5, B-3
12; errata A4.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import orjson

from connectors.akuvox.lists import Fetch, ListReader
from connectors.akuvox.shared import Shared
from connectors.akuvox.usermap import Entries, load_entries, pieces_of
from connectors.errors import SourceTrouble
from connectors.source import Json, Outcome
from schemas.polled import PolledTable
from wire.akuvox.errors import RowUnreadable
from wire.akuvox.redaction import code_hash, hash_key, hash_user
from wire.akuvox.users import parse_user

MOST_BYTES: Final = 400 * 1024  # of one state value
_DIGEST_DIGITS: Final = 12

Hashed = tuple[Json, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Listed:
    """One list. identity: of a row as polled; hashed: a row fit for a topic, and what was hashed; entry: what is kept
    of that, by a name (None: a row that nothing can be told of); gone: the row that says that it is not there any more,
    None where nobody is told."""

    prefix: str  # of the names of its entries
    fetch: Fetch
    identity: Callable[[Json], str]
    hashed: Callable[[Json, bytes], Hashed]
    entry: Callable[[Json, bytes], tuple[str, list[str]] | None]
    gone: Callable[[str], Json | None]


class ListJob:
    """Reads its lists to the end, a few pages a run, before it says anything of them."""

    def __init__(self, shared: Shared, name: str, table: PolledTable, lists: Sequence[Listed]) -> None:
        self.name = name
        self.every_seconds = shared.station.slow_seconds
        self._shared = shared
        self._table = table
        self._lists = lists
        self._readers: list[ListReader] = []

    async def run(self) -> Outcome:
        self._readers = self._readers or [ListReader(each.fetch, each.identity) for each in self._lists]
        for reader in self._readers:
            if reader.is_done:
                continue
            try:
                await reader.read_on()
            except SourceTrouble:
                self._readers = []
                raise
            return Outcome(again=True)
        readers, self._readers = self._readers, []
        return Outcome(await self._tell(readers))

    async def _tell(self, readers: Sequence[ListReader]) -> int:
        tools = self._shared.tools
        key, before = tools.secret(), load_entries(self.name, tools.state.get)
        entries: Entries = {}
        out: list[Json] = []
        redacted: set[str] = set()
        for each, reader in zip(self._lists, readers, strict=True):
            old = {name: entry for name, entry in before.items() if name.startswith(each.prefix)}
            now: Entries = {}
            for row in reader.rows.values():
                body, names = each.hashed(row, key)
                found = each.entry(body, key)
                if found is None:
                    continue
                now[found[0]] = found[1]
                if old.get(found[0]) != found[1]:
                    out.append(body)
                    redacted.update(names)
            missing = [name for name in old if name not in now]
            if reader.is_whole:
                out += [gone for name in missing if (gone := each.gone(name)) is not None]
            else:  # it changed while it was read: who is not in it may be there
                now |= {name: old[name] for name in missing}
            entries |= now
        if entries != before:
            await tools.emit.rows(self._table, out, notes=self._shared.notes(), redacted=",".join(sorted(redacted)))
            await tools.state.put(pieces_of(self.name, entries, tools.state.get(self.name), MOST_BYTES))
            self._shared.users.forget()
        return len(out)


def users_job(shared: Shared) -> ListJob:
    return ListJob(
        shared,
        "users",
        PolledTable.AKUVOX_USERS,
        [
            Listed(
                prefix="",
                fetch=shared.client.users,
                identity=lambda row: f"{row.get('ID')} {row.get('UserID')}",
                hashed=hash_user,
                entry=_user_entry,
                gone=lambda user_id: {"UserID": user_id, "@deleted": True},
            )
        ],
    )


def schedules_job(shared: Shared) -> ListJob:
    """The document has no call for schedules of their own: these are what there is (wire.akuvox.keys)."""
    lists = [
        Listed(
            prefix=f"{kind}:",
            fetch=fetch,
            identity=lambda row: str(row.get("ID")),
            hashed=_hashed_key(kind),
            entry=_key_entry,
            gone=lambda _: None,
        )
        for kind, fetch in (("rfkey", shared.client.rf_keys), ("privatekey", shared.client.private_keys))
    ]
    return ListJob(shared, "schedules", PolledTable.AKUVOX_SCHEDULES, lists)


def _user_entry(body: Json, key: bytes) -> tuple[str, list[str]] | None:
    """As usermap.UserMap reads it. None without a UserID: such a user is nobody's."""
    try:
        user = parse_user(body)
    except RowUnreadable:
        return None
    if not user.user_id:
        return None
    return user.user_id, [_digest(body), code_hash(user.name, key), *user.cards, *user.pins]


def _hashed_key(kind: str) -> Callable[[Json, bytes], Hashed]:
    def hashed(row: Json, key: bytes) -> Hashed:
        body, names = hash_key(row, key)
        return {**body, "@kind": kind}, names

    return hashed


def _key_entry(body: Json, _: bytes) -> tuple[str, list[str]] | None:
    return f"{body['@kind']}:{body.get('ID')}", [_digest(body)]


def _digest(body: Json) -> str:
    return sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()[:_DIGEST_DIGITS]
