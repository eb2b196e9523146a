"""Commands against the simulated server: what each does there, and what is told when its answer is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from connectors.biotime.client import BioTimeClient
from connectors.biotime.execute import ACTS, execute
from connectors.errors import NotAllowed, OutcomeUnknown
from connectors.source import Done, Order
from runtime.connector_sections import BioTimeServer as ServerSettings
from runtime.connector_sections import ConnectorSettings
from simulate.biotime.server import BioTimeServer
from simulate.biotime.settings import BioTimeSettings
from simulate.biotime.troubles import Trouble
from tests.unit.connectors.biotime.scripted import Clock
from wire.biotime.commands import COMMANDS

EMPLOYEES = "/personnel/api/employees/"
ALL = tuple(command.name for command in COMMANDS)
NEW: dict[str, Any] = {
    "emp_code": "0777",
    "department": "2",
    "area": "2,3",
    "first_name": "Ada",
    "device_password": "4321",
}


class Office:
    """A server, a client of it, and a worker's view of orders."""

    def __init__(self, server: BioTimeServer, client: BioTimeClient) -> None:
        self.server = server
        self.client = client

    async def do(self, name: str, attempt: int = 1, allow: tuple[str, ...] = ALL, **arguments: Any) -> Done:
        order = Order("7", f"biotime.{name}", arguments, "k", attempt, "anna")
        return await execute(self.client, ConnectorSettings(allow=allow), order)

    async def done(self, name: str, **arguments: Any) -> Done:
        done = await self.do(name, **arguments)
        assert done.done, done.meaning
        return done

    def lose_answers(self, path: str, times: int = 1, method: str = "") -> None:
        self.server.control.add_trouble(Trouble("drop_after", path, method, times=times))

    def lose_requests(self, path: str, times: int = 1, method: str = "") -> None:
        self.server.control.add_trouble(Trouble("drop", path, method, times=times))

    def asked(self, path: str) -> int:
        return int(self.server.control.status()["requests"].get(path, 0))

    @property
    def people(self) -> dict[str, dict[str, Any]]:
        return self.server.world.people.by_code


@asynccontextmanager
async def office(folder: Path, **more: Any) -> AsyncIterator[Office]:
    settings = BioTimeSettings(ledger=folder / "server", terminals=3, employees=20, command_seconds=0.0, **more)
    password = folder / "password"
    password.write_text(settings.password)
    async with BioTimeServer(settings) as server:
        entry: dict[str, Any] = {
            "name": "b1", "url": server.url, "username": settings.username, "password_file": password,
            "zone": "Asia/Dubai", "request_timeout_seconds": 5.0, "dialect": settings.dialect,
            "company": settings.company if settings.cloud else "", "mobile_username": "1",
            "mobile_password_file": folder / "mobile",
        }  # fmt: skip
        (folder / "mobile").write_text(settings.staff_password)
        if settings.cloud:
            entry["username"] = settings.email
        clock = Clock()
        client = BioTimeClient(
            ServerSettings.model_validate(entry), clock=clock, monotonic=clock, random=Random(1), sleep=clock.sleep
        )
        await client.open()
        try:
            yield Office(server, client)
        finally:
            await client.close()


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Office]:
    async with office(tmp_path) as found:
        yield found


def test_every_command_has_an_act() -> None:
    assert set(ACTS) == set(ALL)


async def test_a_person_from_beginning_to_end(at: Office) -> None:
    created = await at.done("employee.create", **NEW, position="3", hire_date="2026-03-01", fields={"city": "Dubai"})
    ada = at.people["0777"]
    assert created.details == {"id": str(ada["id"])}
    assert (ada["department"], ada["area"], ada["position"], ada["city"]) == (2, [2, 3], 3, "Dubai")
    assert ada["device_password"] == "4321"
    assert "4321" not in repr(created)
    await at.done("employee.update", emp_code="0777", department="3", last_name="Lovelace", area="2")
    assert (ada["department"], ada["last_name"], ada["area"]) == (3, "Lovelace", [2])
    await at.done("employee.delete", emp_code="0777")
    assert "0777" not in at.people


async def test_what_is_not_there_is_told_by_its_code(at: Office) -> None:
    told: list[tuple[str, dict[str, Any], str]] = [
        ("employee.create", {**NEW, "department": "99"}, "no dept_code '99' among its departments"),
        ("employee.update", {"emp_code": "0777", "email": "x"}, "no emp_code '0777'"),
        ("employee.update", {"emp_code": "7"}, "nothing to change"),
        ("employee.delete", {"emp_code": "0777"}, "no emp_code '0777'"),
        ("terminal.reboot", {"sns": "NOSUCH"}, "no sn 'NOSUCH'"),
        ("employee.create", {**NEW, "emp_code": "7"}, "HTTP 400: fields emp_code"),
        ("department.create", {"dept_code": "2", "dept_name": "Again"}, "HTTP 400: fields dept_code"),
        ("employee.adjust_area", {"emp_codes": "", "areas": "2"}, "1 to 100"),
        ("employee.del_bio_template", {"emp_codes": "7"}, "no kind of template"),
        ("mobile.manual_log", {"emp_code": "7", "punch_time": "2026-03-02 08:00:00", "state": "0"}, "its offset"),
    ]
    for name, arguments, words in told:
        done = await at.do(name, **arguments)
        assert not done.done
        assert words in done.meaning, done.meaning


async def test_a_created_person_whose_answer_was_lost_is_found_and_not_sent_again(at: Office) -> None:
    at.lose_answers(EMPLOYEES, method="POST")
    done = await at.do("employee.create", **NEW)
    assert done == Done(True, "done: no answer came, it was read back")
    assert sum(person["first_name"] == "Ada" for person in at.people.values()) == 1


async def test_a_request_that_never_arrived_is_sent_once_more(at: Office) -> None:
    at.lose_requests(EMPLOYEES, method="POST")
    done = await at.do("employee.create", **NEW)
    assert done.meaning.startswith("done with the second sending")
    assert at.people["0777"]["first_name"] == "Ada"


async def test_the_next_worker_reads_back_first(at: Office) -> None:
    assert (await at.do("employee.create", attempt=2, **NEW)).meaning == "done"
    again = await at.do("employee.create", attempt=2, **NEW)
    assert again.meaning.startswith("was done already")
    other = await at.do("employee.create", attempt=2, **{**NEW, "first_name": "Eve"})
    assert not other.done
    assert "HTTP 400: fields emp_code" in other.meaning
    await at.done("employee.delete", emp_code="0777")
    assert (await at.do("employee.delete", attempt=2, emp_code="0777")).meaning.startswith("was done already")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("employee.update", {"emp_code": "7", "department": "3", "area": "2,3", "enable_overtime": "1"}),
        ("employee.delete", {"emp_code": "7"}),
        ("employee.adjust_area", {"emp_codes": "7,8", "areas": "2,3"}),
        ("employee.adjust_department", {"emp_codes": "7,8", "department": "3"}),
        ("employee.adjust_position", {"emp_codes": "7,8", "position": "3"}),
        ("employee.adjust_resign", {"emp_codes": "7,8", "resign_date": "2026-03-01", "resign_type": "3"}),
        ("department.create", {"dept_code": "77", "dept_name": "Labs", "parent_dept": "2"}),
        ("department.update", {"dept_code": "3", "dept_name": "Works"}),
        ("area.create", {"area_code": "77", "area_name": "Annex", "parent_area": "2"}),
        ("area.update", {"area_code": "3", "area_name": "Plant 2"}),
        ("position.create", {"position_code": "77", "position_name": "Chief"}),
        ("position.update", {"position_code": "3", "parent_position": "2"}),
        ("terminal.create", {"sn": "T77", "alias": "Gate", "ip_address": "192.0.2.7", "area": "2", "terminal_tz": "4"}),
        ("terminal.update", {"sn": "BTS0001000001", "alias": "Main gate"}),
        ("terminal.delete", {"sn": "BTS0001000001"}),
    ],
)
@pytest.mark.parametrize("version", ["8.0", "9.5"])
async def test_lost_answers_are_settled_by_reading_back(
    name: str, arguments: dict[str, Any], version: str, tmp_path: Path
) -> None:
    async with office(tmp_path, version=version) as at:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            at.lose_answers("/personnel" if name[:8] != "terminal" else "/iclock", method=method)
        assert (await at.do(name, **arguments)).meaning == "done: no answer came, it was read back"
        assert (await at.do(name, attempt=2, **arguments)).meaning.startswith("was done already")


@pytest.mark.parametrize("group", ["department", "area", "position"])
async def test_groups_are_deleted(at: Office, group: str) -> None:
    prefix = "dept" if group == "department" else group
    await at.done(f"{group}.create", **{f"{prefix}_code": "77", f"{prefix}_name": "Labs"})
    labs: dict[str, Any] = {f"{prefix}_code": "77"}
    await at.done(f"{group}.delete", **labs)
    assert not (await at.do(f"{group}.delete", **labs)).done


async def test_a_change_that_the_server_does_not_show_stays_open(at: Office) -> None:
    at.lose_answers(EMPLOYEES, method="PATCH")
    with pytest.raises(OutcomeUnknown):
        await at.do("employee.update", emp_code="7", fields={"flow_secret": "x"})
    last = await at.do("employee.update", attempt=3, emp_code="7", fields={"flow_secret": "x"})
    assert last.meaning.startswith("unknown whether it was done")


@pytest.mark.parametrize(
    "name",
    ["clear_command", "clear_capture", "clear_all", "upload_all", "upload_transaction", "reboot"],
)
async def test_what_terminals_are_told_is_never_told_twice(at: Office, name: str) -> None:
    path = f"/iclock/api/terminals/{name}/"
    assert (await at.done(f"terminal.{name}", sns="BTS0001000001,bts0001000002")).details == {"queued": 2}
    at.lose_answers(path)
    assert (await at.do(f"terminal.{name}", sns="BTS0001000001")).meaning.startswith("unknown whether")
    before = at.asked(path)
    assert (await at.do(f"terminal.{name}", attempt=2, sns="BTS0001000001")).meaning.startswith("unknown whether")
    assert at.asked(path) == before


async def test_dangerous_ones_are_refused_unless_the_setting_names_them(at: Office) -> None:
    dangerous: list[tuple[str, dict[str, Any]]] = [
        ("terminal.clear_all", {"sns": "BTS0001000001"}),
        ("employee.delete", {"emp_code": "7"}),
        ("mobile.reset_password", {"email": "7@example.com"}),
    ]
    for name, arguments in dangerous:
        with pytest.raises(NotAllowed):
            await at.do(name, allow=("biotime.terminal.reboot",), **arguments)
    assert "7" in at.people
    assert at.asked("/iclock/api/terminals/clear_all/") == 0


async def test_people_go_to_their_terminals_and_lose_their_templates(at: Office) -> None:
    await at.done("employee.resync_to_device", emp_codes="7,8")
    await at.done("employee.del_bio_template", emp_codes="7", finger="1", face="1")
    assert (at.people["7"]["templates"], at.people["8"]["templates"]) == (0, 2)


@pytest.fixture
async def cloud(tmp_path: Path) -> AsyncIterator[Office]:
    async with office(tmp_path, dialect="biotimecloud") as found:
        yield found


async def test_a_clock_in_whose_answer_was_lost_is_one_punch(cloud: Office) -> None:
    cloud.lose_answers("/mobile/api/v1.0/transactions/", method="POST")
    done = await cloud.do("mobile.clock_in", emp_code="1", state="0")
    assert done == Done(True, "done: no answer came, it was read back")


async def test_a_clock_in_is_never_sent_twice(cloud: Office) -> None:
    path = "/mobile/api/v1.0/transactions/"
    cloud.lose_requests(path, method="POST")
    with pytest.raises(OutcomeUnknown):
        await cloud.do("mobile.clock_in", emp_code="1", state="0")
    last = await cloud.do("mobile.clock_in", attempt=2, emp_code="1", state="0")
    assert last.meaning.startswith("unknown whether")
    rows = (await cloud.client.mobile_transactions_page()).rows
    assert not [row for row in rows if row["emp_code"] == "1"]


async def test_a_manual_log_is_asked_for_once(cloud: Office) -> None:
    asked: dict[str, Any] = {
        "emp_code": "1",
        "punch_time": "2026-03-02T08:00:00+04:00",
        "state": "0",
        "reason": "forgot",
    }
    cloud.lose_answers("/mobile/api/v1.0/employees/", method="POST")
    assert (await cloud.do("mobile.manual_log", **asked)).meaning == "done: no answer came, it was read back"
    assert (await cloud.do("mobile.manual_log", attempt=2, **asked)).meaning.startswith("was done already")
    assert len(cloud.server.world.manual_logs.rows) == 1
    # Another zone than the server's: the same moment may be there under another wall time.
    elsewhere = {**asked, "punch_time": "2026-03-02T05:00:00+01:00"}
    with pytest.raises(OutcomeUnknown):
        await cloud.do("mobile.manual_log", attempt=2, **elsewhere)
    other = {**asked, "punch_time": "2026-03-02T17:07:00+04:00"}
    assert (await cloud.do("mobile.manual_log", attempt=2, **other)).meaning == "done"
    assert len(cloud.server.world.manual_logs.rows) == 2


async def test_passwords_are_in_no_answer(cloud: Office) -> None:
    asked: list[tuple[str, dict[str, Any]]] = [
        ("mobile.reset_employee_password", {"emp_code": "1", "password": "s3cret-77"}),
        ("mobile.reset_password", {"email": "7@example.com"}),
        (
            "mobile.forgot_password_create_otp",
            {"fields": {"search_item": "7@example.com", "is_cloud": "true", "client": "web"}},
        ),
        ("mobile.create_password", {"fields": {"otp": "000000", "password": "s3cret-77"}}),
    ]
    for name, arguments in asked:
        done = await cloud.do(name, **arguments)
        assert "s3cret" not in repr(done)
        assert done.done == (name != "mobile.create_password"), done.meaning
