"""One server of the BioTime family, as the worker sees it: its client and its readers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from connectors.biotime.backfill import BackfillJob
from connectors.biotime.client import BioTimeClient
from connectors.biotime.feed import Feed
from connectors.biotime.repair import RepairJob
from connectors.biotime.transactions import TransactionsJob
from connectors.errors import NotAllowed
from connectors.source import Done, Job, Order, Tools
from runtime.connector_sections import BioTimeServer, ConnectorSettings


class BioTimeSource:
    """connectors.source.Source. jobs: in order of work; the first is the feed."""

    def __init__(self, key: str, client: BioTimeClient, jobs: Sequence[Job]) -> None:
        self.key = key
        self.jobs = jobs
        self._client = client

    async def open(self) -> None:
        await self._client.open()

    async def close(self) -> None:
        await self._client.close()

    def hinted(self, hint: Mapping[str, str]) -> Sequence[str]:
        """No server of this family calls us."""
        return ()

    async def execute(self, order: Order) -> Done:
        raise NotAllowed(f"{order.name} is not a command of a BioTime server")


def make_source(server: BioTimeServer, settings: ConnectorSettings, tools: Tools) -> BioTimeSource:
    client = BioTimeClient(
        server, clock=tools.clock, monotonic=tools.monotonic, random=tools.random, sleep=asyncio.sleep
    )
    jobs: list[Job] = []
    if "transactions" in server.readers:
        feed = Feed(client, server, tools)
        jobs += [TransactionsJob(feed), BackfillJob(feed), RepairJob(feed)]
    return BioTimeSource(server.key, client, jobs)
