"""Every endpoint that the three documents name is there, in the dialect of the document."""

from pathlib import Path

import pytest

from tests.unit.simulate.biotime.servers import running

_DEVICE = """
GET /iclock/api/terminals/            POST /iclock/api/terminals/
GET /iclock/api/terminals/{t}/        PUT /iclock/api/terminals/{t}/            DELETE /iclock/api/terminals/{t}/
POST /iclock/api/terminals/clear_command/      POST /iclock/api/terminals/clear_capture/
POST /iclock/api/terminals/clear_all/          POST /iclock/api/terminals/upload_all/
POST /iclock/api/terminals/upload_transaction/ POST /iclock/api/terminals/reboot/
"""
_BOTH = """
POST /jwt-api-token-auth/  POST /api-token-auth/  POST /staff-jwt-api-token-auth/  POST /staff-api-token-auth/
GET /iclock/api/terminals/ GET /iclock/api/terminals/{t}/ GET /iclock/api/transactions/
GET /personnel/api/employees/ POST /personnel/api/employees/ GET /personnel/api/employees/{e}/
PATCH /personnel/api/employees/{e}/ DELETE /personnel/api/employees/{e}/
GET /personnel/api/departments/ POST /personnel/api/departments/ GET /personnel/api/departments/{d}/
PATCH /personnel/api/departments/{d}/ DELETE /personnel/api/departments/{d}/
GET /personnel/api/areas/ POST /personnel/api/areas/ GET /personnel/api/areas/{d}/ PATCH /personnel/api/areas/{d}/
DELETE /personnel/api/areas/{d}/
GET /personnel/api/positions/ POST /personnel/api/positions/ GET /personnel/api/positions/{d}/
PATCH /personnel/api/positions/{d}/ DELETE /personnel/api/positions/{d}/
"""
_CLOUD = """
GET /att/api/totalTimeCardReport/
POST /mobile/api/v1.0/auth_token/ GET /mobile/api/v1.0/configurations/app_settings/ GET /mobile/api/v1.0/app_settings/
GET /mobile/api/v1.0/employees/ GET /mobile/api/v1.0/employees/{e}/
GET /mobile/api/v1.0/transactions/ POST /mobile/api/v1.0/transactions/
POST /mobile/api/v1.0/employees/{e}/manual_logs/ GET /mobile/api/v1.0/manual_logs/
GET /mobile/api/v1.0/employees/{e}/weekly_summary/ GET /mobile/api/v1.0/employees/{e}/monthly_summary/
GET /mobile/api/v1.0/employees/{e}/exception_summary/ GET /mobile/api/v1.0/total_time_cards/page_data/
POST /mobile/api/v1.0/reset_password/ POST /mobile/api/v1.0/forgot_password_create_otp/
POST /mobile/api/v1.0/create_password/ POST /mobile/api/v1.0/employees/{e}/reset_password/
"""


@pytest.mark.parametrize(
    ("dialect", "endpoints"),
    [("biotime", _DEVICE + _BOTH), ("utimemaster", _BOTH), ("biotimecloud", _BOTH + _CLOUD)],
)
async def test_it_answers(tmp_path: Path, dialect: str, endpoints: str) -> None:
    words = endpoints.split()
    async with running(tmp_path, dialect=dialect) as caller:
        people = caller.server.world.people
        ids = {
            "t": next(iter(caller.server.world.terminals.by_id)),
            "e": next(iter(people.employees)),
            "d": next(iter(people.departments.rows)),
        }
        calls = list(zip(words[::2], words[1::2], strict=True))
        for method, path in sorted(calls, key=lambda call: call[0] == "DELETE"):  # deletions last
            status, body = await caller.call(method, path.format(**ids), json={} if method != "GET" else None)
            assert status in (200, 201, 204, 400), (method, path, status)
            assert status == 204 or isinstance(body, dict), (method, path, body)
            assert status != 400 or "detail" not in body or "in use" in body["detail"], (method, path, body)


async def test_other_methods_and_paths_are_refused(tmp_path: Path) -> None:
    async with running(tmp_path) as caller:
        assert (await caller.call("DELETE", "/iclock/api/transactions/"))[0] == 405
        assert (await caller.call("GET", "/jwt-api-token-auth/"))[0] == 405
        status, body = await caller.call("GET", "/personnel/api/employee/")
        assert (status, body[:9]) == (200, "<!DOCTYPE")
