"""The exception summary of the mobile login (errata B3)."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.biotime.exceptions import ExceptionSummaryJob
from connectors.errors import AuthFailed, MobileLoginRefused
from connectors.source import Json
from schemas.polled import PolledTable
from tests.unit.connectors.biotime.readers_rig import Rig
from wire.biotime.reports import parse_time_card


class Mobile:
    """The part of the client that the job uses."""

    def __init__(self) -> None:
        self.summary: Json | None = {"late": 2, "absent": 1}
        self.asked: list[tuple[str, str, str]] = []
        self.trouble: Exception | None = None

    async def app_settings(self) -> Json | None:
        if self.trouble is not None:
            raise self.trouble
        return {"emp_id": 14, "emp_code": "0123"}

    async def exception_summary(self, employee: str, start_date: str, end_date: str) -> Json | None:
        self.asked.append((employee, start_date, end_date))
        return self.summary


def job_of(rig: Rig, mobile: Any) -> ExceptionSummaryJob:
    reader = rig.reader
    reader.client = mobile
    return ExceptionSummaryJob(reader)


async def test_b3_the_summary_of_the_login_goes_out_when_it_changed() -> None:
    rig, mobile = Rig(timecards_days=3), Mobile()
    job = job_of(rig, mobile)
    assert [(await job.run()).rows, (await job.run()).rows] == [1, 0]
    ((employee, first, last), *_) = mobile.asked
    assert (employee, last) == ("14", rig.reader.today().isoformat())
    assert first < last
    mobile.summary = {"late": 3, "absent": 1}
    assert (await job_of(rig, mobile).run()).rows == 1
    rows = rig.out.of(PolledTable.BIOTIME_TIMECARDS)
    card = parse_time_card(rows[-1])
    assert (card.row_id, card.emp_code, card.work_date) == (f"14/{last}", "0123", last)
    assert card.values["late"] == "3"
    assert {notes["report"] for _, _, notes, _ in rig.out.raw} == {"exception_summary"}


async def test_a_login_that_is_refused_stops_this_job_alone() -> None:
    rig, mobile = Rig(), Mobile()
    mobile.trouble = AuthFailed("no")
    with pytest.raises(MobileLoginRefused):
        await job_of(rig, mobile).run()


async def test_nobody_behind_the_login_is_no_row() -> None:
    rig, mobile = Rig(), Mobile()
    mobile.summary = None
    assert (await job_of(rig, mobile).run()).rows == 0
    assert rig.out.raw == []
