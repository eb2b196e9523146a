"""Logging in (A4): every way, one at a time, never twice after a rejection. Fixtures F16, F17, F18."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path

import pytest

from connectors.errors import AuthFailed, LicenceMissing, ServerFault
from tests.unit.connectors.biotime.scripted import (
    NOW,
    PASSWORD,
    Clock,
    asking,
    html,
    keep_password,
    rows,
    said,
    serving,
)

JWT = "POST /jwt-api-token-auth/"
TOKEN = "POST /api-token-auth/"
LIST = "GET /iclock/api/transactions/"


@pytest.fixture
def password(tmp_path: Path) -> Path:
    return tmp_path / "password"


@pytest.mark.parametrize(
    ("auth", "route", "scheme"),
    [
        ("auto", "/jwt-api-token-auth/", "JWT"),
        ("jwt", "/jwt-api-token-auth/", "JWT"),
        ("token", "/api-token-auth/", "Token"),
        ("staff_jwt", "/staff-jwt-api-token-auth/", "JWT"),
        ("staff_token", "/staff-api-token-auth/", "Token"),
    ],
)
async def test_every_way_of_the_documents(auth: str, route: str, scheme: str, password: Path) -> None:
    async with serving({LIST: [rows(1)]}) as server, asking(server, password, auth=auth) as client:
        assert server.calls == [], "lazy: nothing is asked before it is needed"
        await client.transactions_page()
        await client.transactions_page()
        assert server.calls == [f"POST {route}", LIST, LIST]
        assert server.seen[0].body == {"username": "admin", "password": PASSWORD}
        assert "Authorization" not in server.seen[0].headers
        assert server.seen[1].headers["Authorization"] == f"{scheme} tok-1"


async def test_the_cloud_logs_in_with_company_and_email(password: Path) -> None:
    async with serving() as server, asking(server, password, dialect="biotimecloud", company="abc") as client:
        await client.login()
        assert server.seen[0].body == {"company": "abc", "email": "admin", "password": PASSWORD}


async def test_basic(password: Path) -> None:
    async with serving({LIST: [rows(1)]}) as server, asking(server, password, auth="basic") as client:
        await client.transactions_page()
        scheme, _, coded = server.seen[0].headers["Authorization"].partition(" ")
        assert (scheme, base64.b64decode(coded).decode()) == ("Basic", f"admin:{PASSWORD}")
        assert server.logins == 0


async def test_mobile_login_is_another_identity(password: Path, tmp_path: Path) -> None:
    mobile = tmp_path / "mobile"
    keep_password(mobile, "pin\n")
    manual_logs = "GET /mobile/api/v1.0/manual_logs/"
    async with (
        serving({LIST: [rows(1)], manual_logs: [said({"count": 0, "results": [], "status_code": 200})]}) as server,
        asking(server, password, mobile_username="0123", mobile_password_file=mobile) as client,
    ):
        await client.transactions_page()
        await client.manual_logs_page()
        login = server.of("/mobile/api/v1.0/auth_token/")[0]
        assert login.body == {"username": "0123", "password": "pin"}
        assert len(login.headers["Client"]) == 32
        assert server.of("/mobile/api/v1.0/manual_logs/")[0].headers["Authorization"] == "JWT tok-2"


async def test_mobile_calls_without_a_mobile_user_take_the_user(password: Path) -> None:
    async with serving({"GET /mobile/api/v1.0/manual_logs/": [rows()]}) as server, asking(server, password) as client:
        await client.manual_logs_page()
        assert server.calls[0] == JWT


@pytest.mark.parametrize("missing", [html(200), html(404), said({"detail": "no"}, 405), said({"detail": "no"}, 404)])
async def test_a_build_without_one_route_has_the_other(missing: object, password: Path) -> None:
    async with serving({JWT: [missing], LIST: [rows(1)]}) as server, asking(server, password) as client:  # type: ignore[list-item] # a response, of pytest's object
        await client.transactions_page()
        assert server.calls == [JWT, TOKEN, LIST]
        assert server.seen[2].headers["Authorization"].startswith("Token ")


async def test_auto_takes_basic_only_where_no_route_exists(password: Path) -> None:
    async with serving({JWT: [html(404)], TOKEN: [html(405)], LIST: [rows(1)]}) as server:
        async with asking(server, password) as client:
            await client.transactions_page()
            assert server.seen[-1].headers["Authorization"].startswith("Basic ")
        async with asking(server, password, auth="jwt") as client:
            with pytest.raises(ServerFault, match="no login route"):
                await client.transactions_page()


async def test_a_server_that_is_starting_is_no_server_without_logins(password: Path) -> None:
    async with serving({JWT: [html()], TOKEN: [html()], LIST: [rows(1)]}) as server, asking(server, password) as client:
        with pytest.raises(ServerFault, match="no login route"):
            await client.transactions_page()
        assert server.calls == [JWT, TOKEN]


async def test_f16_one_login_for_four_callers_after_a_401(password: Path) -> None:
    expired = said({"detail": "Invalid token."}, 401)
    async with (
        serving({LIST: [rows(1), expired, rows(501)]}) as server,
        asking(server, password) as client,
    ):
        await client.transactions_page()
        assert server.logins == 1
        pages = await asyncio.gather(*(client.transactions_page(page=3) for _ in range(4)))
        assert [page.rows for page in pages] == [({"id": 501},)] * 4
        assert server.logins == 2
        lists = server.of("/iclock/api/transactions/")
        assert [seen.headers["Authorization"] for seen in lists] == ["JWT tok-1"] * 2 + ["JWT tok-2"] * 4
        assert lists[1].query == lists[2].query, "the same page again, with the new header"


async def test_one_login_for_concurrent_first_callers(password: Path) -> None:
    async with serving({LIST: [rows(1)]}) as server, asking(server, password) as client:
        await asyncio.gather(*(client.transactions_page() for _ in range(4)))
        assert server.logins == 1


async def test_a_second_401_is_a_permission_problem(password: Path) -> None:
    clock = Clock()
    async with (
        serving({LIST: [said({"detail": "no"}, 401)]}) as server,
        asking(server, password, clock) as client,
    ):
        with pytest.raises(AuthFailed, match="401 after a new login") as error:
            await client.transactions_page()
        assert error.value.retry_after_seconds == 60
        assert server.calls == [JWT, LIST, JWT, LIST]
        with pytest.raises(AuthFailed):
            await client.transactions_page()
        assert len(server.calls) == 4, "nothing is asked while the pause lasts"


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_f17_a_rejected_login_rests(status: int, password: Path) -> None:
    clock = Clock()
    rejected = said({"non_field_errors": ["Unable to log in with provided credentials."]}, status)
    async with (
        serving({JWT: [rejected, rejected, said({"token": "t"})], LIST: [rows(1)]}) as server,
        asking(server, password, clock) as client,
    ):
        for pause in (60, 120):
            for _ in range(5):
                with pytest.raises(AuthFailed) as error:
                    await client.transactions_page()
                assert PASSWORD not in str(error.value)
            assert error.value.retry_after_seconds == pause
            clock.now += pause - 0.001
            with pytest.raises(AuthFailed):
                await client.terminals_page()
            clock.now += 0.002
        assert server.calls == [JWT, JWT]
        await client.transactions_page()
        assert server.calls == [JWT, JWT, JWT, LIST]


async def test_f18_403_is_a_licence_and_never_basic(password: Path) -> None:
    report = "GET /att/api/totalTimeCardReport/"
    async with (
        serving({LIST: [said({"detail": "no licence"}, 403)], report: [rows(1)]}) as server,
        asking(server, password) as client,
    ):
        with pytest.raises(LicenceMissing, match="no licence"):
            await client.transactions_page()
        await client.total_time_card_report_page("2026-03-01", "2026-03-02")
        assert server.calls == [JWT, LIST, report]
        assert all(seen.headers.get("Authorization", "JWT").startswith("JWT") for seen in server.seen)


async def test_a_token_is_renewed_before_it_ends(password: Path) -> None:
    clock = Clock()

    def jwt(number: int) -> str:
        claims = base64.urlsafe_b64encode(json.dumps({"exp": NOW + 600 * number}).encode()).decode().rstrip("=")
        return f"h.{claims}.{number}"

    async with (
        serving({JWT: [said({"token": jwt(1)}), said({"token": jwt(2)})], LIST: [rows(1)]}) as server,
        asking(server, password, clock) as client,
    ):
        await client.transactions_page()
        clock.now += 530
        await client.transactions_page()
        assert server.logins == 1
        clock.now += 20
        await client.transactions_page()
        assert server.logins == 2


@pytest.mark.parametrize(
    "body", [{}, {"token": ""}, {"token": 5}, {"token": "a b"}, {"token": "a\r\nX: y"}, {"token": "é"}]
)
async def test_a_login_without_a_token_is_a_fault(body: object, password: Path) -> None:
    async with serving({JWT: [said(body)]}) as server, asking(server, password) as client:
        with pytest.raises(ServerFault, match="without a token"):
            await client.login()


async def test_a_missing_password_file_is_told_and_rests(password: Path) -> None:
    async with serving() as server, asking(server, password) as client:
        keep_password(password, None)
        with pytest.raises(AuthFailed, match="cannot read"):
            await client.login()
        assert server.calls == []


async def test_a_changed_password_file_is_enough(password: Path) -> None:
    async with serving({LIST: [said({}, 401), rows(1)]}) as server, asking(server, password) as client:
        await client.login()
        keep_password(password, "new")
        await client.transactions_page()
        assert server.of("/jwt-api-token-auth/")[-1].body["password"] == "new"


async def test_no_secret_is_in_a_message_or_a_repr(password: Path) -> None:
    async with (
        serving({JWT: [said({"password": [PASSWORD]}, 400)]}) as server,
        asking(server, password) as client,
    ):
        with pytest.raises(AuthFailed) as error:
            await client.login()
        shown = repr(error.value) + str(error.value.__cause__) + repr(client) + repr(vars(client))
        assert PASSWORD not in shown
