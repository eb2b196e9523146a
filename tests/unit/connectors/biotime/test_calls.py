"""The typed methods: every endpoint of the catalogue has one, and it asks what that says. Writes are sent once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from connectors.biotime.client import BioTimeClient
from connectors.errors import (
    AuthFailed,
    LicenceMissing,
    OutcomeUnknown,
    RequestRefused,
    ServerFault,
    Unreachable,
)
from tests.unit.connectors.biotime.scripted import PASSWORD, Clock, Step, asking, html, rows, said, serving
from wire.biotime.endpoints import BY_NAME, ENDPOINTS, Kind

Call = Callable[[BioTimeClient], Awaitable[Any]]
UUID = "9661d55c-3b41-11ee-babe-0a58a9feac02"
REBOOT = "/iclock/api/terminals/reboot/"

READS: dict[str, Call] = {
    "terminals": lambda c: c.terminals_page(),
    "terminal": lambda c: c.terminal(7),
    "employees": lambda c: c.employees_page(),
    "employee": lambda c: c.employee(7),
    "departments": lambda c: c.departments_page(),
    "department": lambda c: c.department(7),
    "areas": lambda c: c.areas_page(),
    "area": lambda c: c.area(7),
    "positions": lambda c: c.positions_page(),
    "position": lambda c: c.position(7),
    "transactions": lambda c: c.transactions_page(),
    "total_time_card_report": lambda c: c.total_time_card_report_page("2026-03-01", "2026-03-02"),
    "total_time_card_report_v2": lambda c: c.total_time_card_report_v2_page("2026-03-01", "2026-03-02"),
    "app_settings": lambda c: c.app_settings(),
    "mobile_employees": lambda c: c.mobile_employees_page(),
    "mobile_employee": lambda c: c.mobile_employee(7),
    "mobile_transactions": lambda c: c.mobile_transactions_page(),
    "weekly_summary": lambda c: c.weekly_summary(7),
    "monthly_summary": lambda c: c.monthly_summary(7),
    "exception_summary": lambda c: c.exception_summary(7, "2026-03-01", "2026-03-02"),
    "total_time_cards": lambda c: c.total_time_cards_page("2026-03-01", "2026-03-02"),
    "manual_logs": lambda c: c.manual_logs_page(),
}
# What is sent, beside the call.
WRITES: dict[str, tuple[Call, Any]] = {
    "create_terminal": (lambda c: c.create_terminal({"sn": "T1"}), {"sn": "T1"}),
    "delete_terminal": (lambda c: c.delete_terminal(7), None),
    "clear_command": (lambda c: c.clear_command([1, 2]), {"terminals": [1, 2]}),
    "clear_capture": (lambda c: c.clear_capture([1]), {"terminals": [1]}),
    "clear_all": (lambda c: c.clear_all([1]), {"terminals": [1]}),
    "upload_all": (lambda c: c.upload_all([1]), {"terminals": [1]}),
    "upload_transaction": (lambda c: c.upload_transaction([1]), {"terminals": [1]}),
    "reboot": (lambda c: c.reboot([1]), {"terminals": [1]}),
    **{
        name: call
        for one in ("employee", "department", "area", "position")
        for name, call in {
            f"create_{one}": (lambda c, one=one: getattr(c, f"create_{one}")({"a": 1}), {"a": 1}),
            f"update_{one}": (lambda c, one=one: getattr(c, f"update_{one}")(7, {"a": 2}), {"a": 2}),
            f"delete_{one}": (lambda c, one=one: getattr(c, f"delete_{one}")(7), None),
        }.items()
    },
    "adjust_area": (lambda c: c.adjust_area([1, 2], [3]), {"employees": "1,2", "areas": "3"}),
    "adjust_department": (lambda c: c.adjust_department([1], 4), {"employees": "1", "department": 4}),
    "adjust_position": (lambda c: c.adjust_position([UUID], 4), {"employees": UUID, "position": 4}),
    "adjust_resign": (
        lambda c: c.adjust_resign([1], resign_date="2026-03-01", resign_type=3, reason="moved"),
        {"employees": "1", "resign_date": "2026-03-01", "resign_type": 3, "reason": "moved", "disableatt": 0},
    ),
    "resync_to_device": (lambda c: c.resync_to_device([1]), {"employees": "1"}),
    "del_bio_template": (
        lambda c: c.del_bio_template([1], face=True),
        {"employees": "1", "finger_print": False, "face": True, "finger_vein": False, "palm": False},
    ),
    "clock_in": (
        lambda c: c.clock_in(emp_code="13", state=0),
        {"latitude": "", "longitude": "", "punch_state": "0", "source": 3, "emp_code": "13", "terminal_sn": "App",
         "gps_location": ""},
    ),
    "create_manual_log": (
        lambda c: c.create_manual_log(7, punch_epoch=1693568322, state=0),
        {"punch_time": "1693568322", "punch_state": "0", "work_code": None, "apply_reason": None},
    ),
    "reset_password": (lambda c: c.reset_password("a@example.org"), {"email": "a@example.org"}),
    "forgot_password_create_otp": (lambda c: c.forgot_password_create_otp({"a": 1}), {"a": 1}),
    "create_password": (lambda c: c.create_password({"a": 1}), {"a": 1}),
    "reset_employee_password": (lambda c: c.reset_employee_password(7, {"a": 1}), {"a": 1}),
}  # fmt: skip


@pytest.fixture
def password(tmp_path: Path) -> Path:
    return tmp_path / "password"


def test_every_endpoint_has_its_method_and_its_test() -> None:
    for endpoint in ENDPOINTS:
        assert callable(getattr(BioTimeClient, endpoint.client_method)), endpoint.name
    tested = set(READS) | set(WRITES) | {"update_terminal"}
    assert tested == {endpoint.name for endpoint in ENDPOINTS if endpoint.kind is not Kind.LOGIN}


@pytest.mark.parametrize("name", sorted(READS))
async def test_every_read_asks_its_path(name: str, password: Path) -> None:
    endpoint = BY_NAME[name]
    path = endpoint.path.replace("{id}", "7")
    answer = rows(1) if endpoint.paged else said({"id": 7})
    async with serving({f"GET {path}": [answer]}) as server, asking(server, password) as client:
        found = await READS[name](client)
        assert server.calls[1:] == [f"GET {path}"]
        assert found.rows == ({"id": 1},) if endpoint.paged else found == {"id": 7}
        if "report" in name or name in ("total_time_cards", "exception_summary"):
            assert server.seen[1].query["start_date"] == "2026-03-01"
            assert server.seen[1].query["end_date"] == "2026-03-02"


@pytest.mark.parametrize("name", sorted(WRITES))
async def test_every_write_sends_its_body_once(name: str, password: Path) -> None:
    endpoint = BY_NAME[name]
    call, body = WRITES[name]
    sent = f"{endpoint.method} {endpoint.path.replace('{id}', '7')}"
    async with serving({sent: [said({"id": 7, "status_code": 201})]}) as server, asking(server, password) as client:
        assert (await call(client))["id"] == 7
        assert server.calls[1:] == [sent]
        assert server.seen[1].body == body


async def test_b2_a_terminal_is_read_and_sent_whole(password: Path) -> None:
    path = "/iclock/api/terminals/5/"
    current = {"id": 5, "sn": "T1", "alias": "old", "area": {"id": 3, "area_code": "1"}, "transfer_time": "00:00;14:05"}
    async with (
        serving({"GET " + path: [said(current)], "PUT " + path: [said({"id": 5})]}) as server,
        asking(server, password) as client,
    ):
        await client.update_terminal(5, {"alias": "new"})
        assert server.calls[1:] == ["GET " + path, "PUT " + path]
        assert server.seen[2].body == {"id": 5, "sn": "T1", "alias": "new", "area": 3, "transfer_time": "00:00;14:05"}


async def test_a_terminal_that_is_not_there_is_not_put(password: Path) -> None:
    async with (
        serving({"GET /iclock/api/terminals/5/": [said({"detail": "Not found."}, 404)]}) as server,
        asking(server, password) as client,
    ):
        with pytest.raises(RequestRefused, match="no terminal 5"):
            await client.update_terminal(5, {})
        assert "PUT /iclock/api/terminals/5/" not in server.calls


async def test_a_uuid_is_an_id_and_a_path_is_not(password: Path) -> None:
    async with (
        serving({f"GET /personnel/api/employees/{UUID}/": [said({"id": UUID})]}) as server,
        asking(server, password) as client,
    ):
        assert await client.employee(UUID) == {"id": UUID}


async def test_no_terminal_is_not_all_terminals(password: Path) -> None:
    async with serving() as server, asking(server, password) as client:
        with pytest.raises(RequestRefused, match="no terminal is named"):
            await client.clear_all([])
        assert server.calls == []


CALLS: dict[str, Call] = {
    "POST": lambda c: c.reboot([1]),
    "DELETE": lambda c: c.delete_terminal(7),
    "PUT": lambda c: c.update_terminal(7, {}),
}


@pytest.mark.parametrize("call", ["POST " + REBOOT, "DELETE /iclock/api/terminals/7/", "PUT /iclock/api/terminals/7/"])
@pytest.mark.parametrize("answer", [None, html(502), html(200), said({}, 302), said({}, 500)])
async def test_a_write_without_an_answer_is_sent_once_and_its_outcome_unknown(
    call: str, answer: Step, password: Path
) -> None:
    script: dict[str, list[Step]] = {
        call: [answer],
        "GET /iclock/api/terminals/7/": [said({"id": 7})],
        "GET /iclock/api/terminals/": [rows(1)],
    }
    async with serving(script) as server, asking(server, password) as client:
        await client.terminals_page()  # the connection is one that was used before
        write: Call = CALLS[call.split()[0]]
        with pytest.raises(OutcomeUnknown):
            await write(client)
        assert server.calls.count(call) == 1
        await client.terminals_page()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (said({"emp_code": ["exists"]}, 400), RequestRefused),
        (said({"detail": "Not found."}, 404), RequestRefused),
        (said({"code": 1, "msg": "no", "data": None}), RequestRefused),
        (said({"detail": "no"}, 403), LicenceMissing),
        (said({}, 429, {"Retry-After": "9"}), ServerFault),
    ],
)
async def test_a_write_that_was_refused_was_not_done(answer: Step, error: type[Exception], password: Path) -> None:
    async with serving({"POST " + REBOOT: [answer]}) as server, asking(server, password) as client:
        with pytest.raises(error):
            await client.reboot([1])
        assert len(server.of(REBOOT)) == 1


async def test_a_write_that_was_not_sent_is_not_unknown(password: Path) -> None:
    async with serving() as server:
        url = server.url
    async with asking(server, password, url=url) as client:
        with pytest.raises(Unreachable):
            await client.reboot([1])
    jwt, general = "POST /jwt-api-token-auth/", "POST /api-token-auth/"
    script: dict[str, list[Step]] = {jwt: [None], general: [None], "POST " + REBOOT: [said({})]}
    async with serving(script) as server, asking(server, password) as client:
        with pytest.raises(Unreachable):
            await client.reboot([1])
        assert server.of(REBOOT) == []


async def test_a_write_after_a_401_is_sent_again_because_it_was_not_done(password: Path) -> None:
    async with serving({"POST " + REBOOT: [said({}, 401), said({})]}) as server, asking(server, password) as client:
        assert await client.reboot([1]) == {}
        assert [seen.headers["Authorization"] for seen in server.of(REBOOT)] == ["JWT tok-1", "JWT tok-2"]


async def test_a_write_that_is_never_authorised_rests(password: Path) -> None:
    clock = Clock()
    async with serving({"POST " + REBOOT: [said({}, 401)]}) as server, asking(server, password, clock) as client:
        with pytest.raises(AuthFailed):
            await client.reboot([1])
        with pytest.raises(AuthFailed):
            await client.terminals_page()


@pytest.mark.parametrize("body", [b"", b'"ok"', b"done"])
async def test_a_delete_may_answer_nothing(body: bytes, password: Path) -> None:
    path = "/personnel/api/employees/7/"
    async with (
        serving({"DELETE " + path: [web.Response(status=200, body=body)]}) as server,
        asking(server, password) as client,
    ):
        assert await client.delete_employee(7) == {}


async def test_what_is_sent_is_in_no_message(password: Path) -> None:
    path = "/mobile/api/v1.0/create_password/"
    for answer in (None, said({"password": ["hunter2 is too short"]}, 400), html(500)):
        async with serving({"POST " + path: [answer]}) as server, asking(server, password) as client:
            with pytest.raises((OutcomeUnknown, RequestRefused)) as error:
                await client.create_password({"password": "hunter2"})
            assert "hunter2" not in str(error.value)
            assert PASSWORD not in str(error.value)
            assert "tok-" not in str(error.value)


async def test_only_lists_have_pages_and_only_writes_are_written(password: Path) -> None:
    async with serving() as server, asking(server, password) as client:
        with pytest.raises(ValueError, match="no list"):
            await client.list_page("terminal")
        assert server.calls == []
