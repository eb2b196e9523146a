"""Logins and tokens."""

import base64
from pathlib import Path

import pytest

from tests.unit.simulate.biotime.servers import MOBILE, TRANSACTIONS, Caller, login, running
from tests.unit.simulate.clocks import FrozenClock


class SetClock(FrozenClock):
    """Its time is set by hand."""

    def set(self, now: float) -> None:
        self._now = now


async def _status(caller: Caller, authorization: str, path: str = TRANSACTIONS) -> int:
    return (await caller.call("GET", path, headers={"Authorization": authorization}))[0]


@pytest.mark.parametrize("dialect", ["biotime", "utimemaster", "biotimecloud"])
async def test_each_token_opens_the_door_with_its_own_word(tmp_path: Path, dialect: str) -> None:
    async with running(tmp_path, dialect=dialect) as caller:
        staff = {"email": "1", "password": "123456"} if dialect == "biotimecloud" else {"username": "1"}
        staff["password"] = "123456"
        jwt, general = await login(caller), await login(caller, "/api-token-auth/")
        assert await login(caller, "/api-token-auth/") == general
        assert len(general) == 40
        staff_jwt = await login(caller, "/staff-jwt-api-token-auth/", **staff)
        staff_general = await login(caller, "/staff-api-token-auth/", **staff)
        for word, token in (("JWT", jwt), ("Token", general), ("JWT", staff_jwt), ("Token", staff_general)):
            assert await _status(caller, f"{word} {token}") == 200
            assert await _status(caller, f"{'Token' if word == 'JWT' else 'JWT'} {token}") == 401
        assert await _status(caller, f"JWT {staff_jwt}", "/iclock/api/terminals/") == 403
        assert await _status(caller, "") == 401


async def test_an_employee_sees_his_own_punches(tmp_path: Path) -> None:
    async with running(tmp_path, preload=300) as caller:
        caller.authorization = (
            f"JWT {await login(caller, '/staff-jwt-api-token-auth/', username='5', password='123456')}"
        )
        page = await caller.get(TRANSACTIONS, emp_code="6")
        assert page["count"] == 3
        assert {row["emp_code"] for row in page["data"]} == {"5"}


async def test_a_jwt_ends_and_a_general_token_does_not(tmp_path: Path) -> None:
    clock = SetClock()
    async with running(tmp_path, clock=clock, token_seconds=600.0) as caller:
        general = await login(caller, "/api-token-auth/")
        claims = caller.authorization.split(".")[1]
        assert b'"exp":%d' % (clock.now() + 600) in base64.urlsafe_b64decode(claims + "==")
        clock.set(clock.now() + 601)
        assert await caller.call("GET", TRANSACTIONS) == (401, {"detail": "Signature has expired."})
        assert await _status(caller, f"Token {general}") == 200
        caller.server.control.expire_tokens()
        assert await _status(caller, f"Token {general}") == 401


async def test_wrong_logins_are_refused_and_counted(tmp_path: Path) -> None:
    async with running(tmp_path / "a") as caller:
        wrong = {"username": "admin", "password": "no"}
        answer = await caller.post("/jwt-api-token-auth/", wrong, 400)
        assert answer == {"non_field_errors": ["Unable to log in with provided credentials."]}
        assert await caller.post("/api-token-auth/", {}, 400) == {
            "username": ["This field is required."],
            "password": ["This field is required."],
        }
        await caller.post("/staff-api-token-auth/", {"username": "1", "password": "secret"}, 400)
        assert caller.server.control.status()["logins_refused"] == 3
    async with running(tmp_path / "b", dialect="biotimecloud") as caller:
        body = {"email": "admin@example.com", "password": "secret", "company": "other"}
        await caller.post("/jwt-api-token-auth/", body, 400)


async def test_basic_works_on_premises_only(tmp_path: Path) -> None:
    basic = "Basic " + base64.b64encode(b"admin:secret").decode()
    async with running(tmp_path / "a") as caller:
        assert await _status(caller, basic) == 200
        assert await _status(caller, "Basic " + base64.b64encode(b"admin:no").decode()) == 401
        assert await _status(caller, "Basic !") == 401
    async with running(tmp_path / "b", dialect="biotimecloud") as caller:
        assert await _status(caller, basic) == 401
    async with running(tmp_path / "c", basic=False) as caller:
        assert await _status(caller, basic) == 401


async def test_a_telephone_says_which_client_it_is(tmp_path: Path) -> None:
    async with running(tmp_path, dialect="biotimecloud") as caller:
        body = {"username": "3", "password": "123456"}
        await caller.post(MOBILE + "auth_token/", body, 400)
        status, answer = await caller.call("POST", MOBILE + "auth_token/", json=body, headers={"Client": "963D5"})
        assert (status, answer["status_code"], answer["message"]) == (200, 200, [])
        caller.authorization = f"JWT {answer['token']}"
        assert (await caller.get(MOBILE + "app_settings/"))["emp_code"] == "3"
