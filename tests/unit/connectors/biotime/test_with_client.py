"""The reader with the real client, over loopback: what the server answers that is no page of rows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from random import Random

import pytest
from pybiotime.testing import FakeBioTime, RecordedRequest

from connectors.biotime.client import BioTimeClient
from connectors.biotime.source import make_source
from connectors.errors import ServerFault
from runtime.connector_sections import ConnectorSettings
from tests.unit.connectors.biotime.bridge import serving
from tests.unit.connectors.biotime.rig import Rig


class Site:
    """A server with five rows, read."""

    def __init__(self, fake: FakeBioTime, rig: Rig) -> None:
        self.fake = fake
        self.rig = rig

    def punch(self) -> int:
        self.rig.pass_time(30)
        now = datetime.fromisoformat(self.rig.local())
        number: int = self.fake.add_transaction(emp_code="0123", punch_time=now, terminal_sn="T1")["id"]
        return number

    def logins(self) -> int:
        return sum("auth" in request.path for request in self.fake.requests)


@pytest.fixture
async def site(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    monkeypatch.setenv("TEST_BIOTIME_PASSWORD", "secret")
    fake = FakeBioTime(username="api", password="secret")
    async with serving(fake) as url:
        rig = Rig(url=url, password_env="TEST_BIOTIME_PASSWORD")

        async def at_once(seconds: float) -> None:
            rig.pass_time(seconds)

        client = BioTimeClient(
            rig.server, clock=lambda: rig.now, monotonic=lambda: rig.now, random=Random(1), sleep=at_once
        )
        rig.client = client
        rig.started()
        await client.open()
        found = Site(fake, rig)
        for _ in range(5):
            found.punch()
        await rig.settle()
        assert rig.out.ids.total() == 5
        yield found
        await client.close()


async def test_F15_html_with_200_moves_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    number = site.punch()
    kept = dict(site.rig.state.kept)
    with monkeypatch.context() as broken:
        broken.setattr(FakeBioTime, "_transactions", lambda fake, path, params: fake._respond(NOWHERE))
        with pytest.raises(ServerFault):
            await site.rig.poll()
    assert site.rig.state.kept == kept
    assert site.rig.out.ids[number] == 0
    assert (await site.rig.poll()).rows == 1


NOWHERE = RecordedRequest("GET", "b1", "/nowhere/", {}, None)


async def test_F16_expired_token_is_one_login_and_the_same_rows(site: Site) -> None:
    number, logins = site.punch(), site.logins()
    site.fake.tokens.clear()
    await site.rig.poll()
    assert site.logins() == logins + 1
    assert site.rig.out.ids[number] == 1


async def test_server_errors_are_asked_again(site: Site) -> None:
    number = site.punch()
    site.fake.fail_next(503, path="/iclock/api/transactions/")
    await site.rig.poll()
    assert site.rig.out.ids[number] == 1


async def test_source_has_the_jobs_of_its_readers(site: Site) -> None:
    tools = site.rig.feed.tools
    source = make_source(site.rig.server, ConnectorSettings(), tools)
    names = [job.name for job in source.jobs]
    assert names[:3] == ["transactions", "transactions_backfill", "transactions_repair"]
    await source.open()
    site.punch()
    assert (await source.jobs[0].run()).rows == 1
    await source.close()
