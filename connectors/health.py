"""How one source is: a fold of what its jobs met, and what of it must be told. Pure: times are arguments.

A change of state is told once, however long it lasts; while polls succeed the source tells once a minute that it is
there. The state is the first of: paused, trouble of the whole source, trouble of a job (in order of work), a gap within
the last hour, ok, starting. Times are epoch seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from schemas.polled import SourceStatus
from schemas.source_report import SourceReport

PRESENCE_SECONDS: Final = 60.0
GAP_SECONDS: Final = 3600.0
_MAX_WHY: Final = 500

_Trouble = tuple[SourceStatus, str]


class Health:
    """`jobs`: names in order of work; the first is the feed, whose last complete run the lag is counted from."""

    def __init__(self, jobs: Sequence[str], *, worker: str, now: float) -> None:
        self._jobs = tuple(jobs)
        self._worker = worker
        self._source_trouble: _Trouble | None = None
        self._job_troubles: dict[str, _Trouble] = {}
        self._gap: _Trouble | None = None
        self._gap_until = 0.0
        self._is_paused = False
        self._fed_at: float | None = None
        self._told: SourceStatus = SourceStatus.STARTING
        self._told_at = now
        self.status = SourceStatus.STARTING
        self.why = ""
        self.since = now
        self.last_good_poll: float | None = None
        self.rows = 0
        self.errors = 0
        self.skew_seconds: float | None = None

    def begun(self, jobs: Sequence[str]) -> None:
        """The jobs are known now."""
        self._jobs = tuple(jobs)

    def ran(self, job: str, now: float, *, started: float, rows: int, again: bool) -> None:
        """started: what was there then is read, unless there is more (`again`)."""
        self._source_trouble = None
        self._job_troubles.pop(job, None)
        self.last_good_poll = started
        self.rows += rows
        if not again and self._jobs and job == self._jobs[0]:
            self._fed_at = started
        self._fold(now)

    def failed(self, job: str, status: SourceStatus, why: str, now: float, *, whole: bool) -> None:
        self.errors += 1
        if whole:
            self._source_trouble = (status, why)
        else:
            self._job_troubles[job] = (status, why)
        self._fold(now)

    def cleared(self, job: str, now: float) -> None:
        """The job is not tried any more, so its trouble is none."""
        self._job_troubles.pop(job, None)
        self._fold(now)

    def found(self, status: SourceStatus, why: str, now: float) -> None:
        """A state that a job met and goes on with (GAP): shown for an hour."""
        self._gap, self._gap_until = (status, why), now + GAP_SECONDS
        self._fold(now)

    def paused(self, is_paused: bool, now: float) -> None:
        self._is_paused = is_paused
        self._fold(now)

    def skewed(self, seconds: float) -> None:
        self.skew_seconds = seconds

    def lag(self, now: float) -> float | None:
        """Seconds; None until the feed was read once."""
        return None if self._fed_at is None else max(0.0, now - self._fed_at)

    def due(self, now: float) -> SourceReport | None:
        """What must be told now, if anything; `told` says that it was."""
        changed = self.status is not self._told
        is_there = self.status in (SourceStatus.OK, SourceStatus.GAP)
        if not changed and not (is_there and now - self._told_at >= PRESENCE_SECONDS):
            return None
        lag = self.lag(now)
        return SourceReport(
            status=self.status,
            since=int(self.since * 1000),
            why=self.why,
            worker=self._worker,
            last_good_poll=None if self.last_good_poll is None else int(self.last_good_poll * 1000),
            lag_s=None if lag is None else round(lag, 3),
            rows=self.rows,
            errors=self.errors,
            skew_s=self.skew_seconds,
        )

    def told(self, report: SourceReport, now: float) -> None:
        self._told, self._told_at = report.status, now

    def _fold(self, now: float) -> None:
        status, why = self._now(now)
        self.why = why[:_MAX_WHY]
        if status is not self.status:
            self.status, self.since = status, now

    def _now(self, now: float) -> _Trouble:
        if self._is_paused:
            return SourceStatus.PAUSED, "an operator paused it"
        if self._source_trouble is not None:
            return self._source_trouble
        for job in (*self._jobs, *self._job_troubles):
            if job in self._job_troubles:
                status, why = self._job_troubles[job]
                return status, f"{job}: {why}"
        if self._gap is not None and now < self._gap_until:
            return self._gap
        return (SourceStatus.STARTING if self.last_good_poll is None else SourceStatus.OK), ""


class Told:
    """connectors.source.Tell, into the health of the source."""

    def __init__(self, health: Health, clock: Callable[[], float]) -> None:
        self._health = health
        self._clock = clock

    def status(self, status: SourceStatus, why: str) -> None:
        self._health.found(status, why, self._clock())

    def skew(self, seconds: float) -> None:
        self._health.skewed(seconds)
