"""A payroll system's side of the timecard topics, whole and small: copy it, and put your own store where SQLite is.

    python examples/payroll_consumer.py --bootstrap 127.0.0.1:19092 --database payroll.sqlite

It shows the five rules of docs/payroll.md:

1. Upsert: a card counts when its (version, revision) is greater than what is held; anything else is ignored.
2. Offsets are stored with the data, in one transaction: stopping anywhere loses nothing and counts nothing twice.
3. Weeks wait: a week's sums are used once every daily card is at least of the version that the week names.
4. Manifests: a LOCKED period is paid only when the cards that are held give the manifest's count, sums and hash.
5. Adjustments are inserted once by their id and are paid with the period that they name; a REOPENED period takes its
   own adjustments along, since its cards go on by versions.

It needs `aiokafka` and nothing of punchstream.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import sqlite3
import sys
from collections.abc import Iterable
from typing import Any, NamedTuple

TOPICS = ("timecards.daily", "timecards.week", "timecards.adjustments", "payperiods")
SUMS = ("worked", "reg", "ot1", "ot2", "ot3", "hol", "wkd", "night", "leave")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS offsets (topic TEXT, part INTEGER, next INTEGER, PRIMARY KEY (topic, part));
CREATE TABLE IF NOT EXISTS cards (
    tenant TEXT, employee TEXT, work_date TEXT, version INTEGER, revision INTEGER, status TEXT, is_final INTEGER,
    pay_group TEXT, content_hash TEXT, minutes TEXT, PRIMARY KEY (tenant, employee, work_date));
CREATE TABLE IF NOT EXISTS weeks (
    tenant TEXT, employee TEXT, week_start TEXT, version INTEGER, days TEXT, minutes TEXT,
    PRIMARY KEY (tenant, employee, week_start));
CREATE TABLE IF NOT EXISTS adjustments (
    adjustment_id TEXT PRIMARY KEY, tenant TEXT, employee TEXT, work_date TEXT, pay_group TEXT, period_first TEXT,
    period_version INTEGER, apply_first TEXT, minutes TEXT);
CREATE TABLE IF NOT EXISTS periods (
    tenant TEXT, pay_group TEXT, first TEXT, last TEXT, version INTEGER, status TEXT, manifest TEXT,
    PRIMARY KEY (tenant, pay_group, first));
"""


class Verdict(NamedTuple):
    """Whether a locked period may be paid. state: `waiting` (cards are still on their way), `agrees`, `differs`."""

    state: str
    content_hash: str
    why: str = ""


class Payroll:
    """What payroll knows. `database` None keeps it in memory."""

    def __init__(self, database: str | None = None) -> None:
        self._db = sqlite3.connect(database or ":memory:")
        self._db.row_factory = sqlite3.Row
        self._db.executescript(_SCHEMA)

    def next_offset(self, topic: str, partition: int) -> int | None:
        row = self._db.execute("SELECT next FROM offsets WHERE topic = ? AND part = ?", (topic, partition)).fetchone()
        return int(row["next"]) if row else None

    def take(self, topic: str, partition: int, records: Iterable[tuple[int, bytes | None]]) -> None:
        """Records (offset, value) of one partition, in order: all of them and the offset, or nothing."""
        with self._db:
            for offset, value in records:
                if value is not None:  # a null value is the erasure of somebody's data, never a retraction
                    self._apply(topic, json.loads(value))
                self._db.execute("REPLACE INTO offsets VALUES (?, ?, ?)", (topic, partition, offset + 1))

    def _apply(self, topic: str, event: dict[str, Any]) -> None:
        if topic == "timecards.daily":
            self._card(event)
        elif topic == "timecards.week":
            self._week(event)
        elif topic == "timecards.adjustments":
            self._adjustment(event)
        else:
            self._period(event)

    def _card(self, card: dict[str, Any]) -> None:
        self._db.execute(
            "INSERT INTO cards VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
            " version = excluded.version, revision = excluded.revision, status = excluded.status,"
            " is_final = excluded.is_final, pay_group = excluded.pay_group, content_hash = excluded.content_hash,"
            " minutes = excluded.minutes"
            " WHERE (excluded.version, excluded.revision) > (version, revision)",
            (
                *(card["tenant"], card["employee"], card["work_date"], card["version"], card["revision"]),
                *(card["status"], card["is_final"], card["pay_group"], card["content_hash"]),
                json.dumps({key: card[key] for key in SUMS}),
            ),
        )

    def _week(self, week: dict[str, Any]) -> None:
        self._db.execute(
            "INSERT INTO weeks VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET version = excluded.version,"
            " days = excluded.days, minutes = excluded.minutes WHERE excluded.version > version",
            (
                *(week["tenant"], week["employee"], week["week_start"], week["version"], json.dumps(week["days"])),
                json.dumps({key: week[key] for key in SUMS}),
            ),
        )

    def _adjustment(self, one: dict[str, Any]) -> None:
        self._db.execute(
            "INSERT OR IGNORE INTO adjustments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(one["adjustment_id"], one["tenant"], one["employee"], one["work_date"], one["pay_group"]),
                *(one["period_first"], one["period_version"], one["apply_first"], json.dumps(one["minutes"])),
            ),
        )

    def _period(self, period: dict[str, Any]) -> None:
        self._db.execute(
            "INSERT INTO periods VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET last = excluded.last,"
            " version = excluded.version, status = excluded.status, manifest = excluded.manifest"
            " WHERE excluded.version > version",
            (
                *(period["tenant"], period["pay_group"], period["first"], period["last"], period["version"]),
                *(period["status"], json.dumps(period["manifest"])),
            ),
        )
        if period["status"] == "REOPENED":
            self._db.execute(
                "DELETE FROM adjustments"
                " WHERE tenant = ? AND pay_group = ? AND period_first = ? AND period_version < ?",
                (period["tenant"], period["pay_group"], period["first"], period["version"]),
            )

    def week(self, tenant: str, employee: str, week_start: str) -> dict[str, int] | None:
        """The sums of a week; None as long as a daily card is older than the one that they are made of."""
        place = (tenant, employee, week_start)
        row = self._db.execute(
            "SELECT days, minutes FROM weeks WHERE tenant = ? AND employee = ? AND week_start = ?", place
        ).fetchone()
        if row is None:
            return None
        for day, version in json.loads(row["days"]).items():
            held = self._db.execute(
                "SELECT version FROM cards WHERE tenant = ? AND employee = ? AND work_date = ?", (tenant, employee, day)
            ).fetchone()
            if held is None or held["version"] < version:
                return None
        return dict(json.loads(row["minutes"]))

    def locked_periods(self) -> list[tuple[str, str, str]]:
        """tenant, pay group, first date."""
        return [
            (row["tenant"], row["pay_group"], row["first"])
            for row in self._db.execute(
                "SELECT * FROM periods WHERE status = 'LOCKED' ORDER BY tenant, pay_group, first"
            )
        ]

    def verdict(self, tenant: str, pay_group: str, first: str) -> Verdict:
        """Of a locked period. The hash is what payroll acknowledges it by. Raises KeyError when it is not locked."""
        period = self._db.execute(
            "SELECT * FROM periods WHERE tenant = ? AND pay_group = ? AND first = ? AND status = 'LOCKED'",
            (tenant, pay_group, first),
        ).fetchone()
        if period is None:
            raise KeyError(f"period {tenant} {pay_group} {first} is not locked")
        manifest = json.loads(period["manifest"])
        cards = self._db.execute(
            "SELECT * FROM cards WHERE tenant = ? AND pay_group = ? AND work_date BETWEEN ? AND ? AND is_final"
            " AND status != 'VOID'",
            (tenant, pay_group, first, period["last"]),
        ).fetchall()
        if len(cards) < manifest["cards"]:
            return Verdict("waiting", "", f"{len(cards)} of {manifest['cards']} cards have come")
        found = _manifest(cards)
        differing = [key for key, value in found["minutes"].items() if value != manifest["minutes"].get(key, 0)]
        if len(cards) > manifest["cards"] or found["content_hash"] != manifest["content_hash"] or differing:
            return Verdict("differs", found["content_hash"], f"cards {len(cards)}, sums that differ: {differing}")
        return Verdict("agrees", found["content_hash"])

    def to_pay(self, tenant: str, pay_group: str, first: str) -> dict[str, dict[str, int]]:
        """employee: minutes by bucket, adjustments of earlier periods included. Raises ValueError unless it agrees."""
        verdict = self.verdict(tenant, pay_group, first)
        if verdict.state != "agrees":
            raise ValueError(f"period {first} of {pay_group}: {verdict.state}: {verdict.why}")
        people: dict[str, dict[str, int]] = {}
        rows = self._db.execute(
            "SELECT employee, minutes FROM cards JOIN periods USING (tenant, pay_group) WHERE tenant = ?"
            " AND pay_group = ? AND first = ? AND work_date BETWEEN first AND last AND is_final"
            " UNION ALL"
            " SELECT employee, minutes FROM adjustments WHERE tenant = ? AND pay_group = ? AND apply_first = ?",
            (tenant, pay_group, first, tenant, pay_group, first),
        )
        for row in rows:
            sums = people.setdefault(row["employee"], dict.fromkeys(SUMS, 0))
            for key, minutes in json.loads(row["minutes"]).items():
                sums[key] += minutes
        return people

    def close(self) -> None:
        self._db.close()


def _manifest(cards: Iterable[sqlite3.Row]) -> dict[str, Any]:
    """As punchstream computes it: sums, and the sum modulo 2^128 of a hash of each card, so that order is no matter."""
    minutes, total = dict.fromkeys(SUMS, 0), 0
    for card in cards:
        for key, value in json.loads(card["minutes"]).items():
            minutes[key] += value
        parts = (card["tenant"], card["employee"], card["work_date"], str(card["version"]), card["content_hash"])
        total += int.from_bytes(hashlib.sha256("+".join(parts).encode()).digest()[:16], "big")
    return {"minutes": minutes, "content_hash": f"{total % (1 << 128):032x}"}


async def follow(payroll: Payroll, bootstrap: str, prefix: str, *, to_the_end: bool) -> None:
    """Read on from the stored offsets: for ever, or to the end that the topics have at the start."""
    from aiokafka import AIOKafkaConsumer, TopicPartition

    topics = await _partitions(bootstrap, [prefix + topic for topic in TOPICS])
    places = [TopicPartition(topic, partition) for topic, partitions in topics.items() for partition in partitions]
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed", enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(places)
        first, end = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
        for place in places:
            stored = payroll.next_offset(place.topic.removeprefix(prefix), place.partition)
            consumer.seek(place, first[place] if stored is None else stored)
        while not to_the_end or any([await consumer.position(place) < end[place] for place in places]):
            for place, records in (await consumer.getmany(timeout_ms=500)).items():
                pairs = [(record.offset, record.value) for record in records]
                payroll.take(place.topic.removeprefix(prefix), place.partition, pairs)
    finally:
        await consumer.stop()


async def _partitions(bootstrap: str, topics: list[str]) -> dict[str, list[int]]:
    """By topic. Ends the program when one is not there."""
    from aiokafka.admin import AIOKafkaAdminClient

    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        described = await admin.describe_topics(topics)
        found = {one["topic"]: [part["partition"] for part in one["partitions"]] for one in described}
    finally:
        await admin.close()
    if missing := [topic for topic in topics if not found.get(topic)]:
        raise SystemExit(f"there is no topic {missing[0]}: is the prefix right?")
    return {topic: sorted(partitions) for topic, partitions in found.items()}


def main() -> int:
    """Exit code 1 when a locked period differs from its manifest: nothing of it may be paid."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--bootstrap", default="127.0.0.1:19092")
    parser.add_argument("--prefix", default="", help="of topic names")
    parser.add_argument("--database", default="payroll.sqlite")
    options = parser.parse_args()
    payroll = Payroll(options.database)
    asyncio.run(follow(payroll, options.bootstrap, options.prefix, to_the_end=True))
    wrong = False
    for tenant, pay_group, first in payroll.locked_periods():
        verdict = payroll.verdict(tenant, pay_group, first)
        print(f"{tenant} {pay_group} {first}: {verdict.state} {verdict.content_hash} {verdict.why}".rstrip())
        wrong |= verdict.state == "differs"
        if verdict.state == "agrees":
            for employee, minutes in sorted(payroll.to_pay(tenant, pay_group, first).items()):
                print(f"  {employee}: " + ", ".join(f"{key} {value}" for key, value in minutes.items() if value))
    payroll.close()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
