"""Terminals, and departments, areas and positions with their history in the registry."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import orjson
import pytest

from connectors.biotime.group_records import KINDS, MAX_PERIODS, told
from connectors.biotime.groups import GroupsJob
from connectors.biotime.terminals import TerminalsJob
from connectors.errors import ServerFault
from connectors.source import Json
from schemas.polled import PolledTable
from schemas.registry import AreaRecord, DepartmentRecord, GroupPeriod, encode_record, record_key
from tests.unit.connectors.biotime.readers_rig import Rig, settle


def department(number: int, name: str, parent: object = None) -> Json:
    return {"id": number, "dept_code": f"D{number}", "dept_name": name, "parent_dept": parent}


def area(number: int, name: str) -> Json:
    return {"id": number, "area_code": f"A{number}", "area_name": name, "parent_area": None}


def terminal(number: int, **fields: Any) -> Json:
    return {
        "id": number,
        "sn": f"t{number}",
        "alias": f"Door {number}",
        "terminal_tz": 4,
        "last_activity": "2026-03-02 07:20:00",
        "push_time": "1901-01-01 00:00:00",
        "transfer_interval": 1,
        "state": "1",
        "area": {"id": 5, "area_code": "A5", "area_name": "Plant"},
        **fields,
    }


class TestTerminals:
    async def test_f23_all_rows_at_each_poll_and_what_transactions_need(self) -> None:
        rig = Rig()
        rig.lists.rows["terminals"] = [terminal(number) for number in range(1, 5)]
        rig.lists.rows["terminals"][1] |= {"last_activity": None, "terminal_tz": "330", "comm_password": "x"}
        job = TerminalsJob(rig.reader)
        for polls in (1, 2):
            assert await settle(job) == 4
            assert len(rig.out.of(PolledTable.BIOTIME_TERMINALS)) == 4 * polls
        assert rig.out.raw[0][2] == {"epoch": "1", "zone": "Asia/Dubai", "conflicts": "t2"}  # 4 is Dubai, 330 is not
        assert rig.out.raw[3][2] == {"epoch": "1", "zone": "Asia/Dubai"}
        state = rig.state.get("terminals") or {}
        assert state["t1"] == {"tz": 4, "last_activity": "2026-03-02T07:20:00", "last_upload": None}
        assert state["t2"] == {"tz": 330, "last_activity": None, "last_upload": None}
        assert rig.state.get("terminal_areas") == {"5": ["T1", "T2", "T3", "T4"]}
        assert rig.state.puts == 1

    async def test_f05_the_notes_name_learnt_zones_and_conflicts(self) -> None:
        rig = Rig(dialect="biotimecloud", company="c")
        rig.state.kept["zones"] = b'{"t1": 19800}'
        rig.state.kept["transactions"] = b'{"epoch": 3}'
        rig.lists.rows["terminals"] = [terminal(1), terminal(2, terminal_tz=330)]
        await settle(TerminalsJob(rig.reader))
        assert rig.out.raw[0][2] == {
            "epoch": "3", "zone": "Asia/Dubai", "upload_zone": "UTC", "offsets": "t1:19800", "conflicts": "t1,t2",
        }  # fmt: skip

    async def test_a_broken_list_forgets_nobody_and_begins_anew(self) -> None:
        rig = Rig()
        rig.lists.rows["terminals"] = [terminal(number) for number in range(1, 6)]
        job = TerminalsJob(rig.reader)
        await settle(job)
        rig.lists.rows["terminals"].pop()
        rig.lists.plan["terminals"] = [None, ServerFault("HTTP 500")]
        with pytest.raises(ServerFault):
            await settle(job)
        assert len(rig.state.get("terminals") or {}) == 5
        await settle(job)
        assert sorted(rig.state.get("terminals") or {}) == ["t1", "t2", "t3", "t4"]

    async def test_a_terminal_that_moved_is_in_one_area(self) -> None:
        rig = Rig()
        rig.lists.rows["terminals"] = [terminal(1), terminal(2)]
        job = TerminalsJob(rig.reader)
        await settle(job)
        rig.lists.rows["terminals"][0]["area"] = {"id": 6}
        await settle(job)
        assert rig.state.get("terminal_areas") == {"5": ["T2"], "6": ["T1"]}


class TestGroups:
    async def test_records_and_rows(self) -> None:
        rig = Rig()
        above = {"id": 1, "dept_code": "D1"}
        rig.lists.rows["departments"] = [department(1, "All"), department(2, "Sales", 1), department(3, "HR", above)]
        job = GroupsJob(KINDS["departments"], rig.reader)
        assert await settle(job) == 3
        assert rig.registry() == {
            each: DepartmentRecord(each, (GroupPeriod(name=name, parent=parent),), "connector")
            for each, name, parent in (
                ("biotime:b1/D1", "All", ""),
                ("biotime:b1/D2", "Sales", "biotime:b1/D1"),
                ("biotime:b1/D3", "HR", "biotime:b1/D1"),
            )
        }
        assert rig.state.get("departments") == {"codes": {"1": "D1", "2": "D2", "3": "D3"}}
        puts, log = rig.state.puts, len(rig.topics["registry"].log)
        assert await settle(job) == 0
        assert (rig.state.puts, len(rig.topics["registry"].log)) == (puts, log)

    async def test_a_changed_fact_begins_a_period(self) -> None:
        rig = Rig()
        rig.lists.rows["positions"] = [{"id": 1, "position_code": "P1", "position_name": "Operator"}]
        job = GroupsJob(KINDS["positions"], rig.reader)
        await settle(job)
        rig.now += 1000
        rig.lists.rows["positions"][0]["position_name"] = "Driver"
        assert await settle(job) == 1
        assert rig.registry()["biotime:b1/P1"].periods == (
            GroupPeriod(valid_to=rig.now_ms, name="Operator"),
            GroupPeriod(valid_from=rig.now_ms, name="Driver"),
        )

    async def test_areas_have_the_terminals_that_stand_there(self) -> None:
        rig = Rig()
        rig.lists.rows["areas"] = [area(5, "Plant"), area(6, "Office")]
        job = GroupsJob(KINDS["areas"], rig.reader)
        await settle(job)
        assert rig.registry()["biotime:b1/A5"].periods == (GroupPeriod(name="Plant"),)
        rig.lists.rows["terminals"] = [terminal(1), terminal(2), terminal(3, area={"id": 6})]
        await settle(TerminalsJob(rig.reader))
        rig.now += 10
        await settle(job)
        assert rig.registry()["biotime:b1/A5"].periods == (
            GroupPeriod(valid_to=rig.now_ms, name="Plant"),
            GroupPeriod(valid_from=rig.now_ms, name="Plant", devices=("T1", "T2")),
        )
        rig.state.kept.pop("terminal_areas")  # nobody knows: what was known holds
        log = len(rig.topics["registry"].log)
        await settle(job)
        assert len(rig.topics["registry"].log) == log

    async def test_the_cloud_has_an_area_of_all_terminals(self) -> None:
        rig = Rig(dialect="biotimecloud", company="c")
        rig.lists.rows["terminals"] = [terminal(1), terminal(2, area={"id": 6})]
        rig.lists.rows["areas"] = [area(5, "Plant")]
        await settle(TerminalsJob(rig.reader))
        await settle(GroupsJob(KINDS["areas"], rig.reader))
        record = rig.registry()["biotime:b1/*"]
        assert isinstance(record, AreaRecord)
        assert record.periods == (GroupPeriod(name="all terminals of b1", devices=("T1", "T2")),)

    async def test_one_that_is_gone_ends_after_two_readings_and_may_come_back(self) -> None:
        rig = Rig()
        rig.lists.rows["departments"] = [department(number, "x") for number in range(1, 5)]
        job = GroupsJob(KINDS["departments"], rig.reader)
        await settle(job)
        row = rig.lists.rows["departments"].pop()
        await settle(job)
        assert rig.registry()["biotime:b1/D4"].periods[-1].valid_to is None
        rig.now += 900
        await settle(job)
        assert rig.registry()["biotime:b1/D4"].periods == (GroupPeriod(valid_to=rig.now_ms, name="x"),)
        gone = rig.now_ms
        rig.now += 900
        rig.lists.rows["departments"].append(row)
        await settle(job)
        assert rig.registry()["biotime:b1/D4"].periods[1:] == (GroupPeriod(valid_from=rig.now_ms, name="x"),)
        assert rig.registry()["biotime:b1/D4"].periods[0].valid_to == gone

    async def test_an_operators_record_stays(self) -> None:
        rig = Rig()
        mine = DepartmentRecord("biotime:b1/D1", (GroupPeriod(name="Ours"),))
        rig.topics["registry"].append(record_key(mine), encode_record(mine))
        rig.lists.rows["departments"] = [department(1, "Theirs"), department(2, "x"), department(3, "y")]
        job = GroupsJob(KINDS["departments"], rig.reader)
        for _ in range(4):
            await settle(job)
            rig.lists.rows["departments"] = rig.lists.rows["departments"][-2:]
        assert rig.registry()["biotime:b1/D1"] == mine

    async def test_a_500_in_the_middle_ends_nothing(self) -> None:
        rig = Rig()
        rig.lists.rows["departments"] = [department(number, "x") for number in range(1, 8)]
        job = GroupsJob(KINDS["departments"], rig.reader)
        await settle(job)
        for _ in range(4):
            rig.lists.plan["departments"] = [None, ServerFault("HTTP 500")]
            with pytest.raises(ServerFault):
                await settle(job)
        assert all(record.periods[-1].valid_to is None for record in rig.registry().values())

    async def test_a_row_without_an_id_goes_out_once(self) -> None:
        rig = Rig()
        rig.lists.rows["departments"] = [department(1, "x"), {"dept_code": "D9", "dept_name": "no id"}]
        job = GroupsJob(KINDS["departments"], rig.reader)
        assert await settle(job) == 2
        assert await settle(job) == 0
        assert set(rig.registry()) == {"biotime:b1/D1"}


def test_a_history_is_bounded() -> None:
    periods: tuple[GroupPeriod, ...] = ()
    for number in range(3 * MAX_PERIODS):
        periods = told(periods, GroupPeriod(name=str(number)), 1000 + number)
    assert len(periods) == MAX_PERIODS
    assert periods[0].valid_from is None
    assert all(one.valid_to == two.valid_from for one, two in pairwise(periods))
    assert orjson.loads(encode_record(AreaRecord("x", periods)))["periods"][-1]["name"] == "299"


def test_two_changes_in_one_instant_leave_no_empty_period() -> None:
    once = told((GroupPeriod(name="a"),), GroupPeriod(name="b"), 5)
    assert told(once, GroupPeriod(name="c"), 5) == (
        GroupPeriod(name="a", valid_to=5),
        GroupPeriod(name="c", valid_from=5),
    )
