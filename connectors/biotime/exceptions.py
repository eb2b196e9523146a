"""The reader of the exception summary of whoever the mobile login belongs to (errata B3): how often late, absent and so
on in the last days, as the server counts. Beside its time cards, for comparison."""

from __future__ import annotations

from datetime import timedelta

from connectors.biotime.reader import ServerReader, digest_of
from connectors.biotime.timecards import NOTE_REPORT
from connectors.errors import AuthFailed, MobileLoginRefused, RouteMissing
from connectors.source import Outcome
from schemas.polled import PolledTable

_REPORT = "exception_summary"
_HOUR = 3600.0


class ExceptionSummaryJob:
    """Asks hourly for the last `timecards_days`; a summary that says what it said before stays where it is.

    State: {"digest": of what went out last}. The row gets what the answer does not say: whose and of which days.
    """

    name = "exception_summary"
    every_seconds = _HOUR

    def __init__(self, reader: ServerReader) -> None:
        self._reader = reader

    async def run(self) -> Outcome:
        """Raises SourceTrouble, MobileLoginRefused; NotSupported where the build lacks it."""
        reader, client = self._reader, self._reader.client
        last = reader.today()
        first = last - timedelta(days=reader.server.timecards_days - 1)
        try:
            mine = await client.app_settings()
            if mine is None:
                return Outcome()
            employee = str(mine.get("emp_id") or mine.get("emp_code") or "")
            summary = await client.exception_summary(employee, first.isoformat(), last.isoformat())
        except AuthFailed as error:
            raise MobileLoginRefused(str(error)) from error
        except RouteMissing as error:
            await reader.lacks(error)
            raise
        if summary is None:
            return Outcome()
        days = {"start_date": first.isoformat(), "att_date": last.isoformat()}
        row = {**summary, "id": f"{employee}/{last}", "emp_code": str(mine.get("emp_code") or employee), **days}
        digest = digest_of(row)
        if (reader.tools.state.get(self.name) or {}).get("digest") == digest:
            return Outcome()
        await reader.emit(PolledTable.BIOTIME_TIMECARDS, [row], {NOTE_REPORT: _REPORT})
        await reader.tools.state.put({self.name: {"digest": digest}})
        return Outcome(1)
