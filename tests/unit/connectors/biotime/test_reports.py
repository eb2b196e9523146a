"""Mobile transactions and the server's own time cards: what goes out, and what is read again."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.biotime.mobile import MobileJob
from connectors.biotime.timecards import TimecardsJob
from connectors.errors import NotSupported, RouteMissing, ServerFault
from connectors.source import Json
from schemas.polled import PolledTable
from tests.unit.connectors.biotime.readers_rig import Rig, settle

DAY = 86_400


def mobile(at: int, code: str = "13") -> Json:
    """at: wall seconds as if they were UTC."""
    return {
        "emp_code": code,
        "punch_date": at // DAY * DAY,
        "punch_time": at,
        "punch_state": "0",
        "source": 3,
        "description": "somewhere",
        "gps_location": "somewhere",
        "terminal_sn": "App",
    }


class TestMobile:
    async def test_newest_first_until_nothing_is_new(self) -> None:
        rig = Rig(repair_days=2)
        now = int(rig.now) + 4 * 3600
        rig.lists.rows["mobile_transactions"] = [mobile(now - 3600 * n) for n in range(200)]
        job = MobileJob(rig.reader)
        assert await settle(job) == 2 * 24 + 8 + 1  # today and two days before
        assert len(rig.lists.asked) == 20
        rows = rig.lists.rows["mobile_transactions"]
        rows.insert(0, mobile(now + 5))
        rows.insert(0, mobile(now + 7))
        asked = len(rig.lists.asked)
        assert await settle(job) == 2
        assert len(rig.lists.asked) - asked == 2
        assert await settle(MobileJob(rig.reader)) == 0
        assert rig.out.of(PolledTable.BIOTIME_MOBILE)[-1]["gps_location"] == "somewhere"  # sealed, as polled

    async def test_a_first_reading_that_broke_off_is_ended_later(self) -> None:
        rig = Rig()
        now = int(rig.now)
        rig.lists.rows["mobile_transactions"] = [mobile(now - 60 * n) for n in range(30)]
        rig.lists.plan["mobile_transactions"] = [None, None, ServerFault("HTTP 500")]
        job = MobileJob(rig.reader)
        with pytest.raises(ServerFault):
            await settle(job)
        assert await settle(job) == 24
        assert len(rig.out.raw) == 30

    async def test_a_row_that_cannot_be_read_is_the_normalizers(self) -> None:
        rig = Rig()
        rig.lists.rows["mobile_transactions"] = [{"emp_code": "1"}, mobile(int(rig.now))]
        job = MobileJob(rig.reader)
        assert [await settle(job), await settle(job)] == [2, 0]


def card(code: int, day: str, **fields: Any) -> Json:
    return {"uuid": f"{code}-{day}", "emp_code": str(code), "att_date": day, "total_time": "08:00", **fields}


class Cards:
    """A server that has one report, its cards made from `edits`."""

    def __init__(self, rig: Rig, name: str = "v2", people: int = 8) -> None:
        self.rig = rig
        self.name = name
        self.rows: list[Json] = []
        self.people = people
        self.edits: dict[tuple[int, str], str] = {}
        for each in ("v1", "v2", "total_time_cards"):
            if each != name:
                rig.lists.plan[each] = [RouteMissing("404")] * 50

    def show(self, *days: str) -> None:
        self.rig.lists.rows[self.name] = [
            card(code, day, **({"total_time": text} if (text := self.edits.get((code, day))) else {}))
            for code in range(self.people)
            for day in days
        ]


class TestTimecards:
    async def test_daily_then_hourly_and_only_what_changed(self) -> None:
        rig = Rig(timecards_days=3)
        cards = Cards(rig)
        cards.show("2026-02-28", "2026-03-01", "2026-03-02")
        job = TimecardsJob(rig.reader)
        assert await settle(job) == 24
        assert rig.lists.filters[0] == {"start_date": "2026-02-28", "end_date": "2026-03-02"}
        assert {notes["report"] for _, _, notes, _ in rig.out.raw} == {"totalTimeCardReportV2"}
        rig.now += 3600
        cards.show("2026-03-01", "2026-03-02")
        assert await settle(job) == 16  # the first hourly pass knows nothing
        assert rig.lists.filters[-1] == {"start_date": "2026-03-01", "end_date": "2026-03-02"}
        rig.now += 3600
        cards.edits[3, "2026-03-02"] = "09:30"
        cards.show("2026-03-01", "2026-03-02")
        assert await settle(job) == 1
        assert rig.out.raw[-1][1]["total_time"] == "09:30"

    async def test_a_new_day_begins_with_a_daily_pass(self) -> None:
        rig = Rig(timecards_days=2)
        cards = Cards(rig)
        cards.show("2026-03-01", "2026-03-02")
        job = TimecardsJob(rig.reader)
        await settle(job)
        rig.now += DAY
        cards.show("2026-03-02", "2026-03-03")
        assert await settle(job) == 8
        assert (rig.state.get("timecards") or {})["day"] == "2026-03-03"

    async def test_people_who_come_shift_the_rows_and_change_none(self) -> None:
        rig = Rig(timecards_days=2)
        cards = Cards(rig, people=100)
        cards.show("2026-03-01", "2026-03-02")
        job = TimecardsJob(rig.reader)
        await settle(job)
        cards.show("2026-03-01", "2026-03-02")
        await settle(job)  # hourly
        rig.lists.rows["v2"][:0] = [card(900 + n, "2026-03-02") for n in range(20)]
        assert await settle(job) == 20
        assert await settle(job) == 0
        del rig.lists.rows["v2"][40:]
        assert await settle(job) == 0
        assert not {name for name in rig.state.kept if name.startswith("timecards/hourly/")} - {
            "timecards/hourly/0", "timecards/hourly/1"
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("name", "report"),
        [("v1", "totalTimeCardReport"), ("v2", "totalTimeCardReportV2"), ("total_time_cards", "total_time_cards")],
    )
    @pytest.mark.parametrize("dialect", ["biotime", "utimemaster", "biotimecloud"])
    async def test_the_report_that_the_build_has(self, name: str, report: str, dialect: str) -> None:
        rig = Rig(dialect=dialect, company="c")
        Cards(rig, name).show("2026-03-02")
        job = TimecardsJob(rig.reader)
        assert await settle(job) == 8
        assert rig.out.raw[0][2]["report"] == report
        asked = len(rig.lists.asked)
        await settle(job)
        assert {found for found, _ in rig.lists.asked[asked:]} == {name}  # remembered
        assert rig.out.raw[0][2]["report"] == report

    async def test_none_of_them(self) -> None:
        rig = Rig(mobile_username="", dialect="utimemaster")
        Cards(rig, "none")
        with pytest.raises(NotSupported):
            await settle(TimecardsJob(rig.reader))
        assert "total_time_cards" not in [name for name, _ in rig.lists.asked]

    async def test_an_upgrade_takes_another_report(self) -> None:
        rig = Rig()
        cards = Cards(rig, "v1")
        cards.show("2026-03-02")
        job = TimecardsJob(rig.reader)
        await settle(job)
        cards = Cards(rig, "v2")
        rig.lists.plan["v2"] = []
        cards.show("2026-03-02")
        assert await settle(job) == 8
        assert rig.out.raw[-1][2]["report"] == "totalTimeCardReportV2"

    async def test_a_worker_that_takes_over_goes_on_where_the_last_save_was(self) -> None:
        rig = Rig()
        Cards(rig, people=100).show("2026-03-02")
        job = TimecardsJob(rig.reader)
        for _ in range(15):
            await job.run()
        asked = len(rig.lists.asked)
        heir = TimecardsJob(rig.reader)
        await settle(heir)
        assert rig.lists.asked[asked] == ("v2", 11)
        assert {row["emp_code"] for row in rig.out.of(PolledTable.BIOTIME_TIMECARDS)} == {str(n) for n in range(100)}

    async def test_a_500_goes_on_at_the_last_save(self) -> None:
        rig = Rig()
        Cards(rig, people=100).show("2026-03-02")
        rig.lists.plan["v2"] = [*[None] * 12, ServerFault("HTTP 500")]
        job = TimecardsJob(rig.reader)
        with pytest.raises(ServerFault):
            await settle(job)
        await settle(job)
        assert ("v2", 11) in rig.lists.asked[13:]
        assert {row["emp_code"] for row in rig.out.of(PolledTable.BIOTIME_TIMECARDS)} == {str(n) for n in range(100)}
