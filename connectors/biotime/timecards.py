"""The reader of the server's own time cards: rewritten at its will, so recent days are read again and again, and rows
that changed go out. Kept beside ours for comparison. Source: spec/connectors.md A3, (e); errata B5."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Final, Literal

from connectors.biotime.reader import ServerReader, digest_of
from connectors.biotime.reading import Reading
from connectors.errors import RouteMissing, SourceTrouble
from connectors.source import Json, Outcome
from schemas.polled import PolledTable
from wire.biotime.envelope import Page

log = logging.getLogger(__name__)

NOTE_REPORT: Final = "report"
_HOUR: Final = 3600.0
_WHAT: Final = "time cards"
_PAGES: Final = 10  # whose rows are known by one state record

Report = Literal["totalTimeCardReport", "totalTimeCardReportV2", "total_time_cards"]
# What each dialect is likely to have goes first; a build may have another (spec A3).
_REPORTS: Final[dict[str, tuple[Report, ...]]] = {
    "biotime": ("totalTimeCardReportV2", "totalTimeCardReport", "total_time_cards"),
    "utimemaster": ("totalTimeCardReport", "totalTimeCardReportV2", "total_time_cards"),
    "biotimecloud": ("totalTimeCardReport", "totalTimeCardReportV2", "total_time_cards"),
}


@dataclass(frozen=True, slots=True)
class _Pass:
    """One reading of some days. kind: hourly (today, yesterday) or daily (`timecards_days`); page: the next."""

    kind: Literal["hourly", "daily"]
    first: str
    last: str
    page: int = 1


class TimecardsJob:
    """One page a run.

    State: `timecards` {"report", "day": of the last daily pass, "pass": under way or null, "chunks": how many there are
    by kind}; `timecards/<kind>/<n>` {"known": digests of the rows of ten pages}. Rows that moved to a page far away go
    out again, which says the same twice.
    """

    name = "timecards"
    every_seconds = _HOUR

    def __init__(self, reader: ServerReader) -> None:
        self._reader = reader
        self._pass: _Pass | None = None
        self._reading = Reading(_WHAT)
        self._report = ""  # that this build was found to have
        self._fresh: list[int] = []
        self._left: set[int] = set()  # what was known of the ten pages before

    async def run(self) -> Outcome:
        kept = self._reader.tools.state.get(self.name) or {"report": "", "day": "", "pass": None, "chunks": {}}
        current = self._pass = self._pass or self._begin(kept)
        try:
            report, page = await self._page(current)
            self._report = report
            rows = page.rows if self._reading.take(page) else ()
        except SourceTrouble:
            self._pass = None  # the next run goes on after the pages that were saved
            raise
        read = self._reading.page - 1
        chunk = max(read - 1, 0) // _PAGES
        digests = [digest_of([report, row]) for row in rows]
        known = self._known(current, chunk) if rows else set()
        changed = [row for row, digest in zip(rows, digests, strict=True) if digest not in known]
        await self._reader.emit(PolledTable.BIOTIME_TIMECARDS, changed, {NOTE_REPORT: report})
        self._fresh += digests
        if self._reading.ended or read % _PAGES == 0:
            await self._save({**kept, "report": report}, current, chunk)
        return Outcome(len(changed), again=self._pass is not None)

    def _begin(self, kept: Json) -> _Pass:
        """The pass that is under way; a new day begins with a daily one."""
        if kept["pass"] is not None:
            current = _Pass(**kept["pass"])
        else:
            today = self._reader.today()
            is_daily = kept["day"] != today.isoformat()
            first = today - timedelta(days=self._reader.server.timecards_days - 1 if is_daily else 1)
            current = _Pass("daily" if is_daily else "hourly", first.isoformat(), today.isoformat())
        self._reading = Reading(_WHAT, current.page)
        self._fresh, self._left, self._report = [], set(), kept["report"]
        return current

    def _known(self, current: _Pass, chunk: int) -> set[int]:
        """Rows of these ten pages and of their neighbours, as they were last time: who comes or goes shifts others."""
        state = self._reader.tools.state
        places = (_place(current.kind, number) for number in range(max(chunk - 1, 0), chunk + 2))
        return self._left.union(*((state.get(place) or {}).get("known", ()) for place in places))

    async def _save(self, kept: Json, current: _Pass, chunk: int) -> None:
        """The pages since the last save, and where to go on."""
        state = self._reader.tools.state
        place = _place(current.kind, chunk)
        self._left = set((state.get(place) or {}).get("known", ()))
        values: dict[str, Json | None] = {place: {"known": self._fresh}} if self._fresh else {}
        self._fresh = []
        if self._reading.ended:
            values |= {_place(current.kind, n): None for n in range(chunk + 1, kept["chunks"].get(current.kind, 0))}
            chunks = {**kept["chunks"], current.kind: chunk + 1}
            day = current.last if current.kind == "daily" else kept["day"]
            values[self.name] = {**kept, "day": day, "pass": None, "chunks": chunks}
            self._pass = None
        else:
            values[self.name] = {**kept, "pass": {**asdict(current), "page": self._reading.page}}
        await state.put(values)

    async def _page(self, current: _Pass) -> tuple[Report, Page]:
        """The next page, of the report that this build has. Raises SourceTrouble; NotSupported where it has none."""
        number = self._reading.page
        reports = sorted(_REPORTS[self._reader.server.dialect], key=lambda each: each != self._report)
        missing: RouteMissing | None = None
        for each in reports:
            if each == "total_time_cards" and not self._reader.server.mobile_username:
                continue
            try:
                return each, await self._ask(each, current, number)
            except RouteMissing as error:
                if number > 1:
                    raise
                missing = missing or error
        assert missing is not None
        await self._reader.lacks(missing)
        raise missing

    async def _ask(self, report: Report, current: _Pass, number: int) -> Page:
        client = self._reader.client
        if report == "totalTimeCardReport":
            return await client.total_time_card_report_page(current.first, current.last, page=number)
        if report == "totalTimeCardReportV2":
            return await client.total_time_card_report_v2_page(current.first, current.last, page=number)
        days = {"start_date": current.first, "end_date": current.last, "departments": "", "employees": ""}
        return await self._reader.mobile_list("total_time_cards", number, days)


def _place(kind: str, chunk: int) -> str:
    return f"timecards/{kind}/{chunk}"
