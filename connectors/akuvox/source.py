"""One door station, as the worker sees it: its client, its readers, its commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.akuvox.client import AkuvoxClient
from connectors.akuvox.execute import execute
from connectors.akuvox.hintrows import HintRowsJob
from connectors.akuvox.info import InfoJob, SamplesJob
from connectors.akuvox.logjob import CALL, DOOR, LogJob
from connectors.akuvox.people import schedules_job, users_job
from connectors.akuvox.shared import Shared
from connectors.source import Done, Job, Order, Tools
from runtime.connector_sections import AkuvoxStation, ConnectorSettings

_OF_SAMPLES = ("relay", "input", "alarm", "call")


class AkuvoxSource:
    """connectors.source.Source. jobs: in order of work; the first is the feed."""

    def __init__(self, station: AkuvoxStation, settings: ConnectorSettings, tools: Tools) -> None:
        self.key = station.key
        self._settings = settings
        self._client = AkuvoxClient(station, monotonic=tools.monotonic)
        self._shared = Shared(self._client, station, tools)
        self._logs: list[LogJob] = []
        self._hints = HintRowsJob(self._shared)
        self.jobs: Sequence[Job] = self._jobs_of(station.readers)

    def _jobs_of(self, readers: Sequence[str]) -> list[Job]:
        jobs: list[Job] = []
        if "doorlog" in readers:
            self._logs.append(LogJob(self._shared, DOOR, self._client.door_log))
        if "calllog" in readers:
            self._logs.append(LogJob(self._shared, CALL, self._client.call_log))
        jobs += self._logs
        if "doorlog" in readers:
            jobs.append(self._hints)
        if "info" in readers:
            jobs.append(InfoJob(self._shared))
        if "users" in readers:
            jobs.append(users_job(self._shared))
        if "schedules" in readers:
            jobs.append(schedules_job(self._shared))
        if "samples" in readers:
            jobs.append(SamplesJob(self._shared))
        return jobs

    async def open(self) -> None:
        await self._client.open()

    async def close(self) -> None:
        for job in self._logs:
            job.close()
        await self._client.close()

    def hinted(self, hint: Mapping[str, str]) -> Sequence[str]:
        """An action URL is no event: what it speaks of is read at once. It is kept where the log cannot be read."""
        event = hint.get("event", "").lower()
        wanted = {DOOR.name}
        if DOOR.name not in self._shared.readable:
            self._hints.keep(hint)
            wanted.add(self._hints.name)
        if "call" in event or not event:
            wanted.add(CALL.name)
        if any(word in event for word in _OF_SAMPLES):
            wanted.add(SamplesJob.name)
        return [job.name for job in self.jobs if job.name in wanted]

    async def execute(self, order: Order) -> Done:
        return await execute(self._client, self._settings, order)


def make_source(station: AkuvoxStation, settings: ConnectorSettings, tools: Tools) -> AkuvoxSource:
    return AkuvoxSource(station, settings, tools)
