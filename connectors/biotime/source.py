"""One server of the BioTime family, as the worker sees it: its client and its readers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from connectors.biotime.backfill import BackfillJob
from connectors.biotime.client import BioTimeClient
from connectors.biotime.exceptions import ExceptionSummaryJob
from connectors.biotime.execute import execute
from connectors.biotime.feed import Feed
from connectors.biotime.group_records import KINDS
from connectors.biotime.groups import GroupsJob
from connectors.biotime.manual_logs import ManualLogsJob
from connectors.biotime.mobile import MobileJob
from connectors.biotime.people import PeopleJob
from connectors.biotime.reader import ServerReader
from connectors.biotime.repair import RepairJob
from connectors.biotime.terminals import TerminalsJob
from connectors.biotime.timecards import TimecardsJob
from connectors.biotime.transactions import TransactionsJob
from connectors.source import Done, Job, Order, Tools
from runtime.connector_sections import BioTimeServer, ConnectorSettings


class BioTimeSource:
    """connectors.source.Source. jobs: in order of work; the first is the feed."""

    def __init__(self, key: str, client: BioTimeClient, jobs: Sequence[Job], settings: ConnectorSettings) -> None:
        self.key = key
        self.jobs = jobs
        self._client = client
        self._settings = settings

    async def open(self) -> None:
        await self._client.open()

    async def close(self) -> None:
        await self._client.close()

    def hinted(self, hint: Mapping[str, str]) -> Sequence[str]:
        """No server of this family calls us."""
        return ()

    async def execute(self, order: Order) -> Done:
        return await execute(self._client, self._settings, order)


def make_source(server: BioTimeServer, settings: ConnectorSettings, tools: Tools) -> BioTimeSource:
    client = BioTimeClient(
        server, clock=tools.clock, monotonic=tools.monotonic, random=tools.random, sleep=asyncio.sleep
    )
    jobs: list[Job] = []
    if "transactions" in server.readers:
        feed = Feed(client, server, tools)
        jobs += [TransactionsJob(feed), BackfillJob(feed), RepairJob(feed)]
    jobs += _other_jobs(ServerReader(client, server, tools))
    return BioTimeSource(server.key, client, jobs, settings)


def _other_jobs(reader: ServerReader) -> list[Job]:
    """In this order: areas need the terminals, people the groups, manual logs the people."""
    made: dict[str, Callable[[], Job]] = {
        "terminals": partial(TerminalsJob, reader),
        **{name: partial(GroupsJob, kind, reader) for name, kind in KINDS.items()},
        "people": partial(PeopleJob, reader),
        "manual_logs": partial(ManualLogsJob, reader),
        "mobile": partial(MobileJob, reader),
        "timecards": partial(TimecardsJob, reader),
    }
    jobs = [make() for name, make in made.items() if name in reader.server.readers]
    return [*jobs, ExceptionSummaryJob(reader)] if "mobile" in reader.server.readers else jobs
