"""The server as pybiotime's client sees it: somebody else's reading of the same API."""

from datetime import datetime
from pathlib import Path

import pytest
from pybiotime import AsyncBioTimeClient, TokenAuth
from pybiotime.errors import AuthenticationError

from simulate.biotime.control import Control
from simulate.biotime.ledger import read_ledger
from tests.unit.simulate.biotime.servers import running

_START = datetime(2020, 1, 1)  # noqa: DTZ001  # BioTime's times have no zone


def _client(url: str, password: str = "secret") -> AsyncBioTimeClient:
    return AsyncBioTimeClient(url, auth=TokenAuth("admin", password), retries=2)


@pytest.mark.parametrize("version", ["8.0", "9.0", "9.5"])
async def test_it_logs_in_and_lists_everything(tmp_path: Path, version: str) -> None:
    async with running(tmp_path, version=version, preload=250) as caller, _client(caller.server.url) as client:
        assert [punch.id async for punch in client.transactions.list()] == list(range(1, 251))
        assert len([one async for one in client.employees.list()]) == 100
        assert [one.sn async for one in client.terminals.list()] == list(caller.server.world.terminals.by_serial)
        assert len([one async for one in client.departments.list()]) == 3
        assert len([one async for one in client.areas.list()]) == 3
        assert len([one async for one in client.positions.list()]) == 3


async def test_a_wrong_password_is_an_authentication_error(tmp_path: Path) -> None:
    async with running(tmp_path) as caller, _client(caller.server.url, "no") as client:
        with pytest.raises(AuthenticationError):
            await client.terminals.list().first_page()


async def test_it_logs_in_again_when_the_token_has_gone(tmp_path: Path) -> None:
    async with running(tmp_path, preload=30) as caller, _client(caller.server.url) as client:
        await client.transactions.list().first_page()
        caller.server.control.expire_tokens()
        assert len([punch async for punch in client.transactions.list()]) == 30


def _nothing(control: Control) -> None:
    control.set_faults(next_url="right")


def _drift(control: Control) -> None:
    control.set_faults(drift_rows=2)


def _wrong_next(control: Control) -> None:
    control.set_faults(next_url="wrong_host", page_cap=37)


@pytest.mark.parametrize("fault", [_nothing, _drift, _wrong_next])
async def test_read_new_finds_what_the_ledger_says(tmp_path: Path, fault: object) -> None:
    async with running(tmp_path, preload=120) as caller, _client(caller.server.url) as client:
        control = caller.server.control
        assert callable(fault)
        fault(control)
        first = await client.transactions.read_new(None, start=_START)
        found = [punch.id for punch in first.transactions]
        control.make(40)
        control.make(10, late_days=25)
        control.set_faults(drift_rows=0)
        second = await client.transactions.read_new(first.state)
        found += [punch.id for punch in second.transactions]
        assert sorted(found) == sorted(row_id for _, row_id in read_ledger(tmp_path).rows)
        assert control.status()["leaked"] == 0
        assert (await client.transactions.read_new(second.state)).transactions == []
