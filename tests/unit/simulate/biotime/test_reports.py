"""Time card reports."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.simulate.biotime.servers import MOBILE, Caller, running

_DAYS = {"start_date": "2026-03-02", "end_date": "2026-03-04"}


def _punch(caller: Caller, *times: str) -> None:
    for time in times:
        caller.server.control.punches([{"serial": "T1", "pin": "5", "local_time": f"2026-03-03 {time}"}])


async def test_the_report_of_the_cloud(tmp_path: Path) -> None:
    async with running(tmp_path, dialect="biotimecloud") as caller:
        _punch(caller, "09:20:00", "18:50:00", "12:00:00")
        five = caller.server.world.people.by_code["5"]["id"]
        report = await caller.get("/att/api/totalTimeCardReport/", employees=five, departments="-1", **_DAYS)
        assert (report["count"], report["next"]) == (3, None)
        absent, present, _ = report["data"]
        assert (absent["att_date"], absent["weekday"], absent["absent"]) == ("02-03-2026", "Monday", "09:00")
        assert absent["attendance_status"] == "Absence(A)"
        assert (present["clock_in"], present["clock_out"], present["late"]) == ("09:20", "18:50", "00:20")
        assert (present["total_worked"], present["normal_wt"], present["normal_ot"]) == ("08:30", "08:00", "00:30")
        again = await caller.get("/att/api/totalTimeCardReport/", employees=five, **_DAYS)
        assert [row["uuid"] for row in again["data"]] == [row["uuid"] for row in report["data"]]
        long = await caller.get("/att/api/totalTimeCardReport/", page_size=20, **_DAYS)
        assert (long["count"], len(long["data"]), long["next"]) == (300, 20, None)
        assert len((await caller.get("/att/api/totalTimeCardReport/", page=15, page_size=20, **_DAYS))["data"]) == 20


@pytest.mark.parametrize(
    ("settings", "old", "new"),
    [
        ({"dialect": "biotimecloud"}, True, False),
        ({"version": "8.0"}, True, False),
        ({"version": "9.5"}, False, True),
        ({"dialect": "utimemaster"}, False, False),
    ],
)
async def test_which_server_has_which(tmp_path: Path, settings: dict[str, Any], old: bool, new: bool) -> None:
    async with running(tmp_path, **settings) as caller:
        for path, there in (("totalTimeCardReport", old), ("totalTimeCardReportV2", new)):
            status, body = await caller.call("GET", f"/att/api/{path}/", params={**_DAYS, "groups": "-1"})
            assert (status, isinstance(body, dict)) == (200, there)


async def test_the_telephones_report_has_paycodes(tmp_path: Path) -> None:
    async with running(tmp_path) as caller:
        _punch(caller, "09:00:00", "18:00:00")
        page = await caller.get(MOBILE + "total_time_cards/page_data/", employees="5", departments="", **_DAYS)
        row = page["data"][1]
        assert (row["att_date"], row["paycode_1"], row["paycode_5"], row["paycode_16"]) == (
            "2026-03-03",
            "8.0",
            "0.0",
            "0.0",
        )
        assert page["data"][0]["paycode_5"] == "9.0"
        assert "id" in row


async def test_wrong_days(tmp_path: Path) -> None:
    async with running(tmp_path) as caller:
        for params in ({}, {"start_date": "x", "end_date": "2026-01-01"}, {**_DAYS, "end_date": "2026-01-01"}):
            assert (await caller.call("GET", "/att/api/totalTimeCardReportV2/", params=params))[0] == 400
