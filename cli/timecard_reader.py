"""What ClickHouse knows of somebody's cards, and of what they were made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

    from cli.timecard_text import Row

_DAY_MS: Final = 86_400_000
_MAX_LINES: Final = 1000


class TimecardReader:
    """Rows are dicts by column: instants in epoch ms, dates as `YYYY-MM-DD`. Of one tenant and employee."""

    def __init__(self, client: Client, tenant: str, employee: str) -> None:
        self._client = client
        self._whose = {"tenant": tenant, "employee": employee}

    def cards(self, first: date, last: date) -> list[Row]:
        """The latest card of each date, retracted ones left out."""
        return self._of_dates("timecards_daily_v", first, last)

    def versions(self, first: date, last: date) -> list[Row]:
        """Every version of each date, without its content."""
        return self._of_dates("timecards_history_v", first, last, columns="* EXCEPT content", order="version")

    def version(self, day: date, version: int) -> Row | None:
        """One version with its content: of the history or, where that does not have it yet, of the latest cards."""
        for view in ("timecards_history_v", "timecards_daily_v"):
            for row in self._of_dates(view, day, day):
                if row["version"] == version:
                    return row
        return None

    def week_of(self, day: date) -> tuple[date, date]:
        """First and last date of the workweek of a date, as the cards have it; from Monday when there are none."""
        sql = (
            "SELECT week_start FROM timecards_daily_v WHERE tenant = {tenant:String} AND employee = {employee:String}"
            " AND work_date BETWEEN {first:Date} AND {last:Date} AND week_start BETWEEN {first:Date} AND {day:Date}"
            " ORDER BY abs(work_date - {day:Date}), derived_at DESC LIMIT 1"
        )
        found = self._rows(sql, first=day - timedelta(6), last=day + timedelta(6), day=day)
        start = date.fromisoformat(found[0]["week_start"]) if found else day - timedelta(day.weekday())
        return start, start + timedelta(6)

    def adjustments(self, first: date, last: date) -> list[Row]:
        """Those that stand."""
        return self._of_dates("timecards_adjustments_v", first, last, order="sequence")

    def approvals(self, first: date, last: date) -> list[Row]:
        """All decisions, in their order."""
        return self._of_dates("approvals FINAL", first, last, order="decided_at, approval_id")

    def periods(self, first: date, last: date, pay_groups: Iterable[str]) -> list[Row]:
        """Pay periods of these groups that anybody said anything of, with a date of these."""
        sql = (
            "SELECT * FROM payperiods_v WHERE tenant = {tenant:String} AND has({groups:Array(String)}, pay_group)"
            " AND `first` <= {last:Date} AND `last` >= {first:Date} ORDER BY pay_group, `first`"
        )
        return self._rows(sql, first=first, last=last, groups=sorted(set(pay_groups)))

    def corrections(self, day: date, ids: Sequence[str]) -> list[Row]:
        """Those with one of these ids (their own or of the punch that they change), those of the date, and those of an
        instant from the day before to the day after."""
        sql = (
            "SELECT * FROM corrections_v WHERE tenant = {tenant:String} AND employee = {employee:String} AND"
            " (has({ids:Array(String)}, correction_id) OR has({ids:Array(String)}, target)"
            " OR work_date = {day:String}"
            " OR toUnixTimestamp64Milli(punch_at) BETWEEN {from_ms:Int64} AND {to_ms:Int64}"
            " OR toUnixTimestamp64Milli(target_at) BETWEEN {from_ms:Int64} AND {to_ms:Int64})"
            " ORDER BY requested_at, correction_id"
        )
        return self._rows(sql, ids=list(ids), day=day.isoformat(), **_around(day, 1))

    def punches(self, day: date, ids: Sequence[str], also_at: Iterable[int]) -> dict[str, Row]:
        """Punches by id, of device times from three days before to three days after the date, of the quarantine, and
        around other instants (epoch ms)."""
        sql = (
            "SELECT * FROM punches_v WHERE tenant = {tenant:String} AND has({ids:Array(String)}, event_id)"
            " AND (local_time BETWEEN fromUnixTimestamp64Milli({from_ms:Int64}) AND"
            " fromUnixTimestamp64Milli({to_ms:Int64}) OR local_time < '2015-01-01'"
            " OR has({days:Array(Date)}, toDate(local_time)))"
        )
        days = {_day_of(at) + timedelta(number) for at in also_at for number in (-1, 0, 1)}
        found = self._rows(sql, ids=list(ids), days=sorted(days), **_around(day, 3)) if ids else []
        return {row["event_id"]: row for row in found}

    def raw_records(self, punches: Iterable[Row]) -> dict[tuple[str, int, int], Row]:
        """Raw records of punches by topic, partition, offset; `lines`: by line number, the bytes of those that the
        punches were read from, of a JSON array its elements. `size`: bytes of the body."""
        wanted = [row for row in punches if row["raw_topic"] == "raw.attendance"]
        if not wanted:
            return {}
        lines = sorted({row["raw_line"] for row in wanted})[:_MAX_LINES]
        sql = (
            "SELECT * EXCEPT body, length(body) AS size,"
            " arrayMap(line -> hex(if(startsWith(body, '['), JSONExtractRaw(body, line),"
            " splitByChar('\\n', body)[line])), {lines:Array(UInt32)}) AS found"
            " FROM raw_events WHERE tenant = {tenant:String} AND has({received:Array(Int64)},"
            " toUnixTimestamp64Milli(received_at)) AND received_at BETWEEN fromUnixTimestamp64Milli({from_ms:Int64})"
            " AND fromUnixTimestamp64Milli({to_ms:Int64}) AND has({offsets:Array(UInt64)}, offset)"
            " AND has({partitions:Array(UInt32)}, partition) LIMIT 1 BY topic, partition, offset"
        )
        received = sorted({row["received_at"] for row in wanted})
        found = self._rows(
            sql, lines=lines, received=received, from_ms=received[0], to_ms=received[-1],
            offsets=sorted({row["raw_offset"] for row in wanted}),
            partitions=sorted({row["raw_partition"] for row in wanted}),
        )  # fmt: skip
        return {
            (row["topic"], row["partition"], row["offset"]): {
                **row, "lines": dict(zip(lines, map(bytes.fromhex, row["found"]), strict=True)),
            }
            for row in found
        }  # fmt: skip

    def _of_dates(self, view: str, first: date, last: date, columns: str = "*", order: str = "work_date") -> list[Row]:
        sql = (
            f"SELECT {columns} FROM {view} WHERE tenant = {{tenant:String}} AND employee = {{employee:String}}"  # noqa: S608 - all of it is said in this class
            f" AND work_date BETWEEN {{first:Date}} AND {{last:Date}} ORDER BY work_date, {order}"
        )
        return self._rows(sql, first=first, last=last)

    def _rows(self, sql: str, **parameters: Any) -> list[Row]:
        found = self._client.query(sql, parameters={**self._whose, **parameters})
        return [{name: _plain(value) for name, value in row.items()} for row in found.named_results()]


def _around(day: date, days: int) -> dict[str, int]:
    start = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000
    return {"from_ms": start - days * _DAY_MS, "to_ms": start + (days + 1) * _DAY_MS}


def _day_of(at_ms: int) -> date:
    return datetime.fromtimestamp(at_ms / 1000, UTC).date()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        # The driver gives times of columns in UTC without a zone.
        aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
        return round(aware.timestamp() * 1000)
    return value.isoformat() if isinstance(value, date) else value
