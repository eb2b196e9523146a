"""What employees do by telephone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.unit.simulate.biotime.servers import MOBILE, TRANSACTIONS, Caller, running
from tests.unit.simulate.clocks import FrozenClock

_NOW = datetime(2023, 9, 1, 11, 34, 13, tzinfo=UTC).timestamp()


@asynccontextmanager
async def telephone(folder: Path, code: str = "13", **settings: Any) -> AsyncIterator[Caller]:
    async with running(folder, FrozenClock(_NOW), dialect="biotimecloud", **settings) as caller:
        body = {"username": code, "password": "123456"}
        status, answer = await caller.call("POST", MOBILE + "auth_token/", json=body, headers={"Client": "963D5"})
        assert status == 200
        caller.authorization = f"JWT {answer['token']}"
        yield caller


async def test_clocking_in_is_a_transaction(tmp_path: Path) -> None:
    async with telephone(tmp_path) as caller:
        body = {"latitude": "25.09", "longitude": "55.15", "punch_state": "0", "source": 3, "emp_code": "14"}
        answer = await caller.post(
            MOBILE + "transactions/", {**body, "terminal_sn": "App", "gps_location": "Dubai"}, 201
        )
        assert (answer["emp_code"], answer["punch_time"]) == ("13", "2023-09-01 15:34:13")
        assert (answer["terminal_sn"], answer["source"], answer["status_code"]) == ("App", 3, 201)
        (row,) = (await caller.get(TRANSACTIONS))["data"]
        assert (row["terminal_sn"], row["source"], row["gps_location"]) == ("App", 3, "Dubai")
        assert (row["punch_time"], row["upload_time"]) == ("2023-09-01 15:34:13", "2023-09-01 11:34:13")
        (shown,) = (await caller.get(MOBILE + "transactions/"))["results"]
        assert (shown["punch_date"], shown["punch_time"]) == (1693526400, 1693582453)
        assert (shown["gps_location"], shown["emp_code"]) == ("Dubai", "13")
        await caller.post(MOBILE + "transactions/", {"punch_state": "x"}, 400)
        await caller.post(MOBILE + "transactions/", {}, 400)


async def test_rows_are_newest_first_and_only_ones_own_but_for_managers(tmp_path: Path) -> None:
    async with telephone(tmp_path / "13", preload=300) as caller:
        page = await caller.get(MOBILE + "transactions/")
        times = [row["punch_time"] for row in page["results"]]
        assert times == sorted(times, reverse=True)
        assert page["count"] == 3
    async with telephone(tmp_path / "1", code="1", preload=300) as caller:
        page = await caller.get(MOBILE + "transactions/")
        assert page["count"] == 300
        assert page["next"].endswith("/mobile/api/v1.0/transactions/?page=2")


async def test_a_manual_log_becomes_a_transaction_when_it_is_approved(tmp_path: Path) -> None:
    async with telephone(tmp_path) as caller:
        control = caller.server.control
        path = MOBILE + "employees/13/manual_logs/"
        body = {"punch_time": "1693568322", "punch_state": "0", "work_code": None, "apply_reason": None}
        answer = await caller.post(path, body, 201)
        assert (answer["punch_time"], answer["punch_state"], answer["status_code"]) == ("1693568322", 0, 201)
        (row,) = (await caller.get(MOBILE + "manual_logs/"))["results"]
        assert (row["audit_status"], row["punch_time"]) == (1, "2023-09-01 15:38:42")
        assert (row["audit_time"], row["approver"]) == (None, None)
        assert (await caller.get(TRANSACTIONS))["count"] == 0
        control.audit(answer["id"], 2)
        (row,) = (await caller.get(MOBILE + "manual_logs/"))["results"]
        assert (row["audit_status"], row["approver"]) == (2, "admin@example.com")
        (made,) = (await caller.get(TRANSACTIONS))["data"]
        assert (made["terminal_sn"], made["source"], made["punch_time"]) == ("", 0, "2023-09-01 15:38:42")
        await caller.control("POST", f"manual_logs/{answer['id']}", {"audit_status": 4})
        assert (await caller.get(TRANSACTIONS))["count"] == 0
        assert (await caller.get(MOBILE + "manual_logs/"))["results"][0]["revoke_reason"] == "revoked"
        await caller.post(path, {"punch_time": "never"}, 400)
        await caller.post(MOBILE + "employees/14/manual_logs/", body, 403)


async def test_settings_and_profiles(tmp_path: Path) -> None:
    async with telephone(tmp_path) as caller:
        settings = await caller.get(MOBILE + "configurations/app_settings/")
        assert settings == await caller.get(MOBILE + "app_settings/")
        assert (settings["emp_code"], settings["status_code"], settings["app_role"]) == ("13", 200, 1)
        profile = await caller.get(f"{MOBILE}employees/{settings['emp_id']}/")
        assert (profile["emp_code"], profile["department_name"]) == ("13", settings["department"])
        people = await caller.get(MOBILE + "employees/")
        assert list(people) == ["count", "next", "previous", "results", "status_code", "message"]
        assert (people["count"], len(people["results"])) == (100, 10)
        assert (await caller.call("GET", MOBILE + "employees/nobody/"))[0] == 404


async def test_summaries(tmp_path: Path) -> None:
    async with telephone(tmp_path) as caller:
        for state, time in (("0", "2023-08-31 09:30:00"), ("1", "2023-08-31 19:30:00")):
            caller.server.control.punches([{"serial": "T1", "pin": "13", "local_time": time, "state": state}])
        week = await caller.get(MOBILE + "employees/13/weekly_summary/")
        assert week == {"late": 1, "early_out": 0, "absent": 6, "leave": 0, "overtime": 1}
        assert (await caller.get(MOBILE + "employees/13/monthly_summary/"))["absent"] == 29
        assert (await caller.get(MOBILE + "employees/13/exception_summary/", start_date="2023-06-25"))["late"] == 1


async def test_passwords(tmp_path: Path) -> None:
    async with telephone(tmp_path) as caller:
        await caller.post(MOBILE + "employees/13/reset_password/", {"password": "abc"})
        await caller.post(MOBILE + "employees/14/reset_password/", {"password": "abc"}, 403)
        await caller.post(MOBILE + "reset_password/", {"email": "nobody@example.com"}, 400)
        await caller.post(MOBILE + "reset_password/", {"email": "13@example.com"})
        otp = {"search_item": "13@example.com", "is_cloud": "true", "client": "963D5"}
        await caller.post(MOBILE + "forgot_password_create_otp/", {"search_item": "13@example.com"}, 400)
        await caller.post(MOBILE + "forgot_password_create_otp/", otp)
        mailed, code = caller.server.control.messages()
        assert caller.server.world.people.by_code["13"]["password"] == mailed["text"]
        await caller.post(MOBILE + "create_password/", {"otp": "wrong", "password": "new"}, 400)
        await caller.post(MOBILE + "create_password/", {"otp": code["text"], "password": "new"})
        assert caller.server.world.people.by_code["13"]["password"] == "new"
        await caller.post(MOBILE + "create_password/", {"otp": code["text"], "password": "newer"}, 400)
