"""All readers of a server against the simulated one, in its three dialects."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.biotime.people_kept import code_of
from connectors.biotime.source import BioTimeSource, make_source
from connectors.errors import SourceTrouble
from runtime.connector_sections import BioTimeServer as ServerSettings
from runtime.connector_sections import ConnectorSettings
from schemas.polled import PolledTable
from schemas.registry import AreaRecord
from simulate.biotime.people import Record
from simulate.biotime.server import BioTimeServer
from simulate.biotime.settings import BioTimeSettings
from simulate.biotime.troubles import Trouble
from tests.unit.connectors.biotime.readers_rig import Rig
from wire.biotime.transactions import is_manual, parse_transaction

ALL = ("transactions", "terminals", "people", "departments", "areas", "positions", "manual_logs", "mobile", "timecards")
DIALECTS = [("biotime", "9.5"), ("biotime", "9.0"), ("biotime", "8.0"), ("utimemaster", "9.5"), ("biotimecloud", "9.5")]
PEOPLE = 23


@dataclass
class Worker:
    """A source of the simulated server, and what a worker would make of its jobs."""

    there: BioTimeServer
    source: BioTimeSource
    rig: Rig

    async def round(self, *names: str) -> None:
        """These jobs (all of them), each until it has nothing to do at once."""
        for job in self.source.jobs:
            for _ in range(500 if not names or job.name in names else 0):
                if not (await job.run()).again:
                    break

    @property
    def employees(self) -> list[Record]:
        return [one for one in self.there.world.people.employees.values() if not one["resigned"]]

    def counted(self) -> list[str]:
        """What makes punches of somebody's card at the end: transactions that are attendance, approved corrections."""
        rows = [(row, notes) for table, row, notes, _ in self.rig.out.raw if table is PolledTable.BIOTIME_TRANSACTIONS]
        punches = {f"{row['emp_code']} {row['punch_time']}": row for row, notes in rows if not _is_left_out(row, notes)}
        last = {each.correction_id: each for each in self.rig.corrections()}
        added = [each for each in last.values() if each.status.value == "approved"]
        return [*punches, *(f"{each.employee} {each.local_text.replace('T', ' ')}" for each in added)]


def _is_left_out(row: Record, notes: dict[str, str]) -> bool:
    return notes.get("manual") == "1" and is_manual(parse_transaction(row))


@pytest.fixture(autouse=True)
def in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads are repeated at once."""
    monkeypatch.setattr("connectors.biotime.calls.caller.FIRST_WAIT_SECONDS", 0.0)


@asynccontextmanager
async def working(
    folder: Path, dialect: str, version: str = "9.5", page_size: int = 10, **settings: Any
) -> AsyncIterator[Worker]:
    given: dict[str, Any] = {"terminals": 4, "employees": PEOPLE, "preload": 60, "preload_days": 3.0, **settings}
    (folder / "ledger").mkdir()
    there = BioTimeSettings(ledger=folder / "ledger", dialect=dialect, version=version, **given)  # type: ignore[arg-type] # of DIALECTS
    async with BioTimeServer(there) as server:
        (folder / "password").write_text("secret")
        entry = {
            "name": "b1", "url": server.url, "dialect": dialect, "zone": "Asia/Dubai", "readers": ALL,
            "page_size": page_size,
            "username": "admin@example.com" if dialect == "biotimecloud" else "admin",
            "company": "demo" if dialect == "biotimecloud" else "", "password_file": folder / "password",
            "mobile_username": "admin", "mobile_password_file": folder / "password", "timecards_days": 2,
        }  # fmt: skip
        rig = Rig()
        rig.server = ServerSettings.model_validate(entry)
        rig.now = server.world.clock.now()
        source = make_source(rig.server, ConnectorSettings(), rig.tools)
        await source.open()
        try:
            yield Worker(server, source, rig)
        finally:
            await source.close()


@pytest.mark.parametrize(("dialect", "version"), DIALECTS)
async def test_everything_that_a_server_has(dialect: str, version: str, tmp_path: Path) -> None:
    async with working(tmp_path, dialect, version) as worker:
        rig, world = worker.rig, worker.there.world
        await worker.round()
        rows = {table: len(rig.out.of(table)) for table in PolledTable}
        assert rows[PolledTable.BIOTIME_TRANSACTIONS] == 60
        assert rows[PolledTable.BIOTIME_TERMINALS] == 4
        assert rows[PolledTable.BIOTIME_EMPLOYEES] == PEOPLE
        assert [rows[PolledTable(f"BIOTIME/{kind}")] for kind in ("DEPARTMENTS", "AREAS", "POSITIONS")] == [3, 3, 3]
        assert rows[PolledTable.BIOTIME_TIMECARDS] == 2 * PEOPLE + 1  # and the exception summary of the mobile login
        assert rows[PolledTable.BIOTIME_MOBILE] == 60
        for person in worker.employees:
            told = rig.employees()[person["emp_code"]]
            hired = datetime.fromisoformat(person["hire_date"]).replace(tzinfo=ZoneInfo("Asia/Dubai"))
            department = world.people.departments.rows[person["department"]]["dept_code"]
            areas = [world.people.areas.rows[area]["area_code"] for area in person["area"]]
            assert (told.first_name, told.department) == (person["first_name"], f"biotime:b1/{department}")
            scopes = {scope for scope, pin in rig.identities() if pin == person["emp_code"]}
            if dialect == "biotimecloud":  # a reduced row
                assert (told.enable_overtime, scopes) == (None, {"area:biotime:b1/*", "device:biotime:b1"})
            else:
                assert told.enable_overtime == person["enable_overtime"]
                assert scopes == {*(f"area:biotime:b1/{area}" for area in areas), "device:biotime:b1"}
            since = {each.valid_from for each in rig.identities().values() if each.employee == person["emp_code"]}
            assert since == {int(hired.timestamp() * 1000)}
            assert code_of(rig.state, str(person["id"])) == person["emp_code"]
        in_areas = [each.periods[-1].devices for each in rig.records() if isinstance(each, AreaRecord)]
        assert {serial for devices in in_areas for serial in devices} == set(world.terminals.by_serial)
        await worker.round()  # nothing is new
        again = {table: len(rig.out.of(table)) for table in PolledTable} | {PolledTable.WATERMARKS: 0}
        first_hourly = 0 if rig.state.get("timecards") is None else 2 * PEOPLE
        assert again == rows | {
            PolledTable.WATERMARKS: 0,
            PolledTable.BIOTIME_TERMINALS: 8,
            PolledTable.BIOTIME_TIMECARDS: 2 * PEOPLE + 1 + first_hourly,
        }


@pytest.mark.parametrize(("dialect", "version"), DIALECTS)
@pytest.mark.parametrize("order", [("transactions", "manual_logs"), ("manual_logs", "transactions")])
async def test_b4_a_manual_log_counts_once_in_both_orders_and_not_after_a_revoke(
    dialect: str, version: str, order: tuple[str, str], tmp_path: Path
) -> None:
    async with working(tmp_path, dialect, version, preload=0) as worker:
        await worker.round()
        world = worker.there.world
        number = world.manual_logs.apply("7", world.now() - 600, 0, "", "forgot").id
        for each in order:
            await worker.round(each)
        assert worker.counted() == []
        worker.there.control.audit(number, 2)
        worker.rig.now = world.clock.now()
        for each in order:
            await worker.round(each)
        assert len(worker.counted()) == 1
        assert worker.counted()[0].startswith("7 ")
        worker.there.control.audit(number, 4)
        for each in order:
            await worker.round(each)
        assert worker.counted() == []
        assert [each.status.value for each in worker.rig.corrections()] == ["pending", "approved", "revoked"]


@pytest.mark.parametrize(("dialect", "version"), DIALECTS)
async def test_who_resigns_or_is_deleted_is_ended(dialect: str, version: str, tmp_path: Path) -> None:
    async with working(tmp_path, dialect, version) as worker:
        await worker.round("people", "departments", "areas")
        people = worker.there.world.people
        people.by_code["5"]["resigned"] = True
        people.delete(people.by_code["9"])
        await worker.round("people")
        left = {code for code, person in worker.rig.employees().items() if not person.active}
        assert left == {"5", "9"}
        ended = {each.pin for each in worker.rig.identities().values() if each.valid_to is not None}
        assert ended == {"5", "9"}


@pytest.mark.parametrize("kind", ["html", "empty_page", "repeat_page", "truncated", "status", "licence", "code"])
async def test_trouble_in_the_middle_of_a_list_makes_nobody_leave(kind: Any, tmp_path: Path) -> None:
    async with working(tmp_path, "biotime", page_size=2) as worker:
        names = ("people", "departments", "areas", "positions")
        await worker.round(*names)
        trouble = Trouble(kind, path="/personnel/", status=400 if kind == "status" else 503)
        for job in [job for job in worker.source.jobs if job.name in names] * 3:
            await job.run()
            worker.there.control.add_trouble(trouble)
            with pytest.raises(SourceTrouble):
                await job.run()
            worker.there.control.clear_troubles()
        assert all(person.active for person in worker.rig.employees().values())
        assert all(each.valid_to is None for each in worker.rig.identities().values())
        assert all(each.periods[-1].valid_to is None for each in worker.rig.records())
        await worker.round(*names)
        assert len(worker.rig.employees()) == PEOPLE


async def test_a_500_in_the_middle_is_repeated_and_then_told(tmp_path: Path) -> None:
    async with working(tmp_path, "biotime") as worker:
        await worker.round("people")
        (job,) = (each for each in worker.source.jobs if each.name == "people")
        await job.run()
        worker.there.control.add_trouble(Trouble("status", path="/personnel/", status=500, times=4))
        with pytest.raises(SourceTrouble):
            await job.run()
        await worker.round("people")
        assert all(person.active for person in worker.rig.employees().values())


@pytest.mark.parametrize(
    "fault", [{"rows_key": "array"}, {"rows_key": "results"}, {"next_url": "null"}, {"page_cap": 7}]
)
async def test_answers_in_other_shapes(fault: dict[str, Any], tmp_path: Path) -> None:
    async with working(tmp_path, "biotime") as worker:
        worker.there.control.set_faults(**fault)
        for _ in range(3):
            await worker.round("people", "terminals", "departments", "areas", "positions", "timecards")
        assert len(worker.rig.employees()) == PEOPLE
        assert all(person.active for person in worker.rig.employees().values())
        assert len(worker.rig.state.get("terminals") or {}) == 4
