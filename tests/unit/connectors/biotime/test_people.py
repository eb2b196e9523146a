"""The reader of employees: what goes out, what is told of whom, and when somebody is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from connectors.biotime.people import PeopleJob
from connectors.errors import ServerFault, Unreachable
from schemas.codec import decode_event, encode_event
from schemas.employees import Employee, Employment, Identity, employee_key, identity_key
from schemas.polled import PolledTable
from tests.unit.connectors.biotime.readers_rig import Rig, employee, settle
from wire.biotime.envelope import Page

HIRED = int(datetime(2020, 4, 30, 20, tzinfo=UTC).timestamp() * 1000)  # midnight in Dubai
AREA, SERVER = "area:biotime:b1/A5", "device:biotime:b1"


async def begun(count: int = 7, **settings: Any) -> tuple[Rig, PeopleJob]:
    """So many people, read once."""
    rig = Rig(**settings)
    rig.lists.rows["employees"] = [employee(number) for number in range(1, count + 1)]
    job = PeopleJob(rig.reader)
    assert await settle(job) == count
    return rig, job


async def again(rig: Rig, job: PeopleJob) -> int:
    """The next reading, 15 minutes later."""
    rig.now += 900
    return await settle(job)


class TestRecords:
    async def test_b6_what_is_told_of_a_person(self) -> None:
        rig, _ = await begun(1)
        person = rig.employees()["1"]
        assert person == Employee(
            tenant="demo", employee="1", rank=rig.now_ms, first_name="Name1", department="biotime:b1/D2",
            areas=["biotime:b1/A5"], hire_date="2020-05-01", employment_type="1", enable_attendance=True,
            enable_overtime=False, enable_holiday=True, source="connector", source_ref="biotime:b1:employee:1",
        )  # fmt: skip
        assert set(rig.identities()) == {(AREA, "1"), (SERVER, "1")}
        assert rig.identities()[AREA, "1"] == Identity(
            tenant="demo", scope=AREA, pin="1", valid_from=HIRED, employee="1", rank=rig.now_ms, verify_mode="-1",
            privilege="14", enrolled_at="T1", source="connector", source_ref="biotime:b1:employee:1",
        )  # fmt: skip

    async def test_f24_secrets_stay_behind(self) -> None:
        rig, _ = await begun(1)
        table, row, notes, redacted = rig.out.raw[0]
        assert (table, notes) == (PolledTable.BIOTIME_EMPLOYEES, {"epoch": "1", "zone": "Asia/Dubai"})
        assert redacted == "card_no,device_password,self_password"
        everything = orjson.dumps([row, [value.decode() for value in rig.topics["employees"].now.values()]])
        kept = b"".join(rig.state.kept.values())
        for secret in (b"4321", b"pbkdf2", b"card_no"):
            assert secret not in everything
            assert secret not in kept

    async def test_codes_prefix_zeros_and_9x_rows(self) -> None:
        rig = Rig(employee_prefix="dxb-", site="hq")
        row = employee(5, "0042", attemployee={"enable_attendance": False, "enable_overtime": True})
        rig.lists.rows["employees"] = [row]
        await settle(PeopleJob(rig.reader))
        person = rig.employees()["dxb-0042"]
        assert (person.enable_attendance, person.enable_overtime, person.enable_holiday) == (False, True, None)
        assert person.site == "hq"
        assert rig.identities()[SERVER, "42"].employee == "dxb-0042"

    async def test_the_cloud_names_no_areas_and_bare_ids(self) -> None:
        rig = Rig(dialect="biotimecloud", company="c")
        rig.state.kept["departments"] = b'{"codes": {"300": "HR"}}'
        uuid = "7e01c4ac-459d-11ee-9ef1-0a58a9feac02"
        rig.lists.rows["employees"] = [
            {"id": uuid, "emp_code": "13", "first_name": "A", "hire_date": None, "department": 300}
        ]
        await settle(PeopleJob(rig.reader))
        assert rig.employees()["13"].department == "biotime:b1/HR"
        assert rig.employees()["13"].enable_overtime is None
        assert set(rig.identities()) == {("area:biotime:b1/*", "13"), (SERVER, "13")}
        assert rig.identities()[SERVER, "13"].valid_from is None

    async def test_groups_that_become_known_later(self) -> None:
        rig = Rig()
        rig.lists.rows["employees"] = [employee(1, department=2, area=[5])]
        job = PeopleJob(rig.reader)
        await settle(job)
        assert rig.employees()["1"].areas == []
        rig.state.kept["departments"] = b'{"codes": {"2": "D2"}}'
        rig.state.kept["areas"] = b'{"codes": {"5": "A5"}}'
        await again(rig, job)
        assert (rig.employees()["1"].department, rig.employees()["1"].areas) == ("biotime:b1/D2", ["biotime:b1/A5"])
        assert (AREA, "1") in rig.identities()

    async def test_a_date_of_leaving(self) -> None:
        rig = Rig()
        rig.lists.rows["employees"] = [employee(1, resign_date="2026-03-02"), employee(2, resign_date="2026-03-01")]
        job = PeopleJob(rig.reader)
        await settle(job)
        assert [rig.employees()[code].active for code in "12"] == [True, False]
        assert rig.employees()["1"].leave_date == "2026-03-02"
        end = int(datetime(2026, 3, 2, 20, tzinfo=UTC).timestamp() * 1000)
        assert rig.identities()[AREA, "1"].valid_to == end
        rig.now += 86_400
        await settle(job)
        assert rig.employees()["1"].active is False

    async def test_a_row_that_cannot_be_read_goes_out_once(self) -> None:
        rig = Rig()
        rig.lists.rows["employees"] = [employee(1), {"id": 2, "first_name": "nobody"}, employee(3, "x" * 65)]
        job = PeopleJob(rig.reader)
        assert await settle(job) == 3
        assert set(rig.employees()) == {"1"}
        assert await again(rig, job) == 0


class TestChanges:
    async def test_only_what_changed_goes_out(self) -> None:
        rig, job = await begun()
        before = {name: len(topic.log) for name, topic in rig.topics.items()}
        puts = rig.state.puts
        assert await again(rig, job) == 0
        assert {name: len(topic.log) for name, topic in rig.topics.items()} == before
        assert rig.state.puts == puts
        rig.lists.rows["employees"][4]["first_name"] = "Anna"
        assert await again(rig, job) == 1
        assert rig.out.raw[-1][1]["first_name"] == "Anna"
        assert rig.employees()["5"].first_name == "Anna"
        assert len(rig.topics["employees"].log) == before["employees"] + 1
        assert len(rig.topics["identities"].log) == before["identities"]

    async def test_another_area_ends_the_pin_in_the_old_one(self) -> None:
        rig, job = await begun()
        rig.lists.rows["employees"][0]["area"] = [{"id": 6, "area_code": "A6", "area_name": "Head office"}]
        await again(rig, job)
        assert rig.identities()[AREA, "1"].valid_to == rig.now_ms
        assert rig.identities()["area:biotime:b1/A6", "1"].valid_to is None
        assert rig.identities()[SERVER, "1"].valid_to is None

    async def test_a_hire_date_that_was_wrong_was_never_true(self) -> None:
        rig, job = await begun(1)
        rig.lists.rows["employees"][0]["hire_date"] = "2021-05-01"
        await again(rig, job)
        records = [decode_event(Identity, value) for value in rig.topics["identities"].now.values()]
        periods = sorted((each.valid_from, each.valid_to) for each in records if each.scope == AREA)
        later = int(datetime(2021, 4, 30, 20, tzinfo=UTC).timestamp() * 1000)
        assert periods == [(HIRED, HIRED), (later, None)]

    async def test_another_code_makes_the_old_one_nobodys(self) -> None:
        rig, job = await begun(2)
        rig.lists.rows["employees"][0]["emp_code"] = "77"
        await again(rig, job)
        assert (rig.employees()["1"].active, rig.employees()["77"].active) == (False, True)
        assert rig.identities()[AREA, "1"].valid_to == rig.now_ms
        assert rig.identities()[AREA, "1"].employee == "1"
        assert {"emp_code": "1", "@deleted": True} in rig.out.of(PolledTable.BIOTIME_EMPLOYEES)


class TestOperators:
    def mine(self, **fields: Any) -> Employee:
        return Employee(**{"tenant": "demo", "employee": "1", "rank": 1, "source": "operator", **fields})

    async def test_what_an_operator_wrote_stays(self) -> None:
        rig = Rig()
        identity = Identity(
            tenant="demo", scope=AREA, pin="1", valid_from=HIRED, employee="9", rank=1, source="operator"
        )
        rig.topics["employees"].append(employee_key("demo", "1"), encode_event(self.mine(first_name="Ours")))
        rig.topics["identities"].append(identity_key(identity), encode_event(identity))
        rig.lists.rows["employees"] = [employee(number) for number in range(1, 4)]
        job = PeopleJob(rig.reader)
        await settle(job)
        rig.lists.rows["employees"][0]["first_name"] = "Theirs"
        await again(rig, job)
        del rig.lists.rows["employees"][0]
        await again(rig, job)
        assert rig.employees()["1"] == self.mine(first_name="Ours")
        assert rig.identities()[AREA, "1"] == identity
        assert rig.identities()[SERVER, "1"].valid_to == rig.now_ms

    async def test_after_an_operator_deleted_his_the_connectors_holds(self) -> None:
        rig = Rig()
        key = employee_key("demo", "1")
        rig.topics["employees"].append(key, encode_event(self.mine()))
        rig.lists.rows["employees"] = [employee(1)]
        job = PeopleJob(rig.reader)
        await settle(job)
        rig.topics["employees"].append(key, None)
        assert await again(rig, job) == 0
        assert rig.employees()["1"].source == "connector"

    async def test_a_person_whom_another_server_told_last_stays(self) -> None:
        rig, job = await begun(3)
        key = employee_key("demo", "1")
        other = decode_event(Employee, rig.topics["employees"].now[key])
        rig.topics["employees"].append(
            key, encode_event(Employee(tenant="demo", employee="1", rank=other.rank + 1, source="connector",
                                       source_ref="biotime:b2:employee:4"))
        )  # fmt: skip
        del rig.lists.rows["employees"][0]
        await again(rig, job)
        assert rig.employees()["1"].active


class TestGone:
    async def test_only_after_two_whole_readings(self) -> None:
        rig, job = await begun()
        name = rig.employees()["4"].first_name
        del rig.lists.rows["employees"][3]
        asked = len(rig.lists.asked)
        await again(rig, job)
        assert len(rig.lists.asked) - asked == 6  # three pages twice: two with rows, and the end
        gone = rig.employees()["4"]
        assert (gone.active, gone.first_name, gone.rank) == (False, name, rig.now_ms)
        assert {each.valid_to for each in rig.identities().values() if each.pin == "4"} == {rig.now_ms}
        assert {each.valid_to for each in rig.identities().values() if each.pin != "4"} == {None}
        assert rig.out.of(PolledTable.BIOTIME_EMPLOYEES)[-1] == {"emp_code": "4", "@deleted": True}
        logs = {name: len(topic.log) for name, topic in rig.topics.items()}
        await again(rig, job)
        assert {name: len(topic.log) for name, topic in rig.topics.items()} == logs

    async def test_who_comes_back_is_there_again(self) -> None:
        rig, job = await begun()
        row = rig.lists.rows["employees"].pop(3)
        await again(rig, job)
        rig.lists.rows["employees"].append(row)
        await again(rig, job)
        assert rig.employees()["4"].active
        assert rig.identities()[AREA, "4"].valid_to is None

    async def test_deleted_and_created_anew_is_the_same_person(self) -> None:
        rig, job = await begun()
        row = rig.lists.rows["employees"].pop(3)
        rig.lists.rows["employees"].append(row | {"id": 80, "area": [{"id": 6, "area_code": "A6"}]})
        await again(rig, job)
        assert rig.employees()["4"].active
        assert rig.identities()[SERVER, "4"].valid_to is None
        assert rig.identities()["area:biotime:b1/A6", "4"].valid_to is None
        assert rig.identities()[AREA, "4"].valid_to == rig.now_ms
        assert not any("@deleted" in row for row in rig.out.of(PolledTable.BIOTIME_EMPLOYEES))

    async def test_a_move_that_hides_somebody_is_no_departure(self) -> None:
        """One was deleted and one came while the list was read: the count agrees, and a third was not seen."""
        rig, job = await begun(7)
        rows = rig.lists.rows["employees"]

        def move() -> None:
            del rows[0]
            rows.append(employee(8))

        rig.lists.plan["employees"] = [None, move]
        await again(rig, job)
        assert all(rig.employees()[code].active for code in "12345678")
        await again(rig, job)
        assert all(rig.employees()[code].active for code in "2345678")
        assert not rig.employees()["1"].active  # by the readings after

    @pytest.mark.parametrize(
        "step",
        [
            ServerFault("HTTP 500"),
            Unreachable("no answer"),
            Page((), 6, {"page": "3"}),  # empty, with a next
            Page(tuple(employee(n) for n in (1, 2, 3)), 6, {"page": "3"}),  # the first again
            Page((), past_end=True),  # short: the list counts more
            Page(tuple(employee(n) for n in (4, 5)), 5, None),
        ],
    )
    async def test_a_broken_list_makes_nobody_leave(self, step: Page | Exception) -> None:
        rig, job = await begun()
        for _ in range(4):
            rig.now += 900
            rig.lists.plan["employees"] = [Page(tuple(employee(n) for n in (1, 2, 3)), 6, {"page": "2"}), step]
            try:
                while (await job.run()).again and rig.lists.plan["employees"]:
                    pass
            except (ServerFault, Unreachable):
                pass
        assert all(person.active for person in rig.employees().values())
        assert all(each.valid_to is None for each in rig.identities().values())

    async def test_an_empty_list_and_half_a_list_are_not_believed(self) -> None:
        rig, job = await begun(40)
        everybody = rig.lists.rows["employees"]
        for left in (0, 15):
            rig.lists.rows["employees"] = everybody[:left]
            for _ in range(3):
                await again(rig, job)
            assert all(person.active for person in rig.employees().values())
        rig.lists.rows["employees"] = everybody[:25]
        await again(rig, job)
        assert sum(person.active for person in rig.employees().values()) == 25

    async def test_a_worker_that_takes_over_goes_on_and_decides_later(self) -> None:
        rig, job = await begun(120, people_seconds=900)
        del rig.lists.rows["employees"][3]
        rig.now += 900
        for _ in range(12):
            await job.run()
        heir = PeopleJob(rig.reader)
        asked = len(rig.lists.asked)
        await settle(heir)
        assert rig.lists.asked[asked] == ("employees", 10)
        assert rig.employees()["4"].active
        await again(rig, heir)
        assert not rig.employees()["4"].active

    async def test_a_crash_before_the_state_is_saved_repeats_what_ids_make_one(self) -> None:
        rig, job = await begun()
        rig.lists.rows["employees"][2]["first_name"] = "Anna"
        rig.out.fail_records = 1
        rig.now += 900
        with pytest.raises(ConnectionError):
            await settle(job)
        assert await settle(PeopleJob(rig.reader)) == 1
        assert rig.employees()["3"].first_name == "Anna"


async def test_a_large_list_is_read_with_few_and_small_puts() -> None:
    rig = Rig()
    rig.lists.page_size = 200
    rig.lists.rows["employees"] = [employee(number) for number in range(1, 3001)]
    job = PeopleJob(rig.reader)
    await settle(job)
    assert max(map(len, rig.state.kept.values())) < 64 * 1024  # MemoryState refuses 512 KiB
    assert len([name for name in rig.state.kept if name.startswith("people/")]) == 12


class TestEmployment:
    """What operators add to a record that stays the connector's."""

    EMPLOYED = Employment(valid_from="2026-01-01", pay_group="monthly", schedule="office", payroll_number="0077")

    def _add(self, rig: Rig, code: str) -> None:
        key = employee_key("demo", code)
        told = decode_event(Employee, rig.topics["employees"].now[key])
        rig.topics["employees"].append(key, encode_event(replace(told, employment=[self.EMPLOYED], rank=told.rank + 1)))

    async def test_it_is_carried_over_when_the_row_changes(self) -> None:
        rig, job = await begun(2)
        self._add(rig, "1")
        before = len(rig.topics["employees"].log)
        assert await again(rig, job) == 0
        assert len(rig.topics["employees"].log) == before
        rig.lists.rows["employees"][0]["first_name"] = "Anna"
        await again(rig, job)
        person = rig.employees()["1"]
        assert (person.first_name, person.employment, person.source) == ("Anna", [self.EMPLOYED], "connector")
        assert rig.employees()["2"].employment == []

    async def test_it_is_carried_over_when_the_person_leaves(self) -> None:
        rig, job = await begun()
        self._add(rig, "2")
        del rig.lists.rows["employees"][1]
        for _ in range(4):
            await again(rig, job)
        assert (rig.employees()["2"].active, rig.employees()["2"].employment) == (False, [self.EMPLOYED])

    async def test_a_new_code_takes_it_along(self) -> None:
        rig, job = await begun(2)
        self._add(rig, "1")
        rig.lists.rows["employees"][0]["emp_code"] = "100"
        await again(rig, job)
        assert [rig.employees()[code].employment for code in ("1", "100")] == [[self.EMPLOYED], [self.EMPLOYED]]
        assert [rig.employees()[code].active for code in ("1", "100")] == [False, True]

    async def test_nonsense_is_not_carried_over(self, caplog: pytest.LogCaptureFixture) -> None:
        rig, job = await begun(1)
        key = employee_key("demo", "1")
        told = orjson.loads(rig.topics["employees"].now[key])
        rig.topics["employees"].append(key, orjson.dumps(told | {"employment": [{"valid_from": 3}]}))
        rig.lists.rows["employees"][0]["first_name"] = "Anna"
        await again(rig, job)
        assert (rig.employees()["1"].first_name, rig.employees()["1"].employment) == ("Anna", [])
        assert "makes no sense" in caplog.text
