"""Employees, departments, areas and positions."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.simulate.biotime.servers import running

_EMPLOYEES = "/personnel/api/employees/"
_UTIMEMASTER = [
    "id",
    "emp_code",
    "first_name",
    "last_name",
    "nickname",
    "device_password",
    "card_no",
    "department",
    "dept_name",
    "position",
    "position_name",
    "hire_date",
    "gender",
    "birthday",
    "verify_mode",
    "emp_type",
    "contact_tel",
    "office_tel",
    "mobile",
    "national",
    "city",
    "address",
    "postcode",
    "email",
    "enroll_sn",
    "ssn",
    "religion",
    "enable_att",
    "enable_overtime",
    "enable_holiday",
    "dev_privilege",
    "self_password",
    "flow_role",
    "area",
    "area_name",
    "app_status",
    "app_role",
]
_CLOUD = [
    "id",
    "emp_code",
    "first_name",
    "last_name",
    "hire_date",
    "dept_name",
    "department",
    "position",
    "position_name",
]


async def test_shapes_of_utimemaster(tmp_path: Path) -> None:
    async with running(tmp_path, dialect="utimemaster") as caller:
        row = (await caller.get(_EMPLOYEES, emp_code="5"))["data"][0]
        assert sorted(row) == sorted(_UTIMEMASTER)
        assert row["department"].keys() == {"id", "dept_code", "dept_name"}
        detail = await caller.get(f"{_EMPLOYEES}{row['id']}/")
        names = {"id", "dept_name", "position_name", "area_name"}
        assert sorted(detail) == sorted(set(_UTIMEMASTER) - names)
        assert detail["department"] == row["department"]["id"]
        assert detail["area"] == [area["id"] for area in row["area"]]


async def test_shapes_of_the_cloud(tmp_path: Path) -> None:
    async with running(tmp_path, dialect="biotimecloud") as caller:
        row = (await caller.get(_EMPLOYEES, emp_code="5"))["data"][0]
        assert list(row) == _CLOUD
        assert len(row["id"]) == 36
        assert await caller.get(f"{_EMPLOYEES}{row['id']}/") == row
        area = next(iter(caller.server.world.people.areas.rows))
        made = await caller.post(_EMPLOYEES, {"emp_code": "0123", "department": row["department"], "area": [area]}, 201)
        assert (made["emp_code"], made["department"], made["area"]) == ("0123", row["department"], [area])


async def test_rules_of_attendance_are_nested_in_9_and_flat_in_8(tmp_path: Path) -> None:
    async with running(tmp_path / "9") as caller:
        row = (await caller.get(_EMPLOYEES))["data"][0]
        assert "enable_att" not in row
        assert row["attemployee"]["enable_attendance"] is True
    async with running(tmp_path / "8", version="8.0") as caller:
        assert (await caller.get(_EMPLOYEES))["data"][0]["enable_att"] is True


async def test_an_employee_from_hiring_to_leaving(tmp_path: Path) -> None:
    async with running(tmp_path) as caller:
        for body, field in (
            ({"department": 1, "area": [1]}, "emp_code"),
            ({"emp_code": "X1", "area": [1]}, "department"),
            ({"emp_code": "X1", "department": 1, "area": []}, "area"),
            ({"emp_code": "X1", "department": 99, "area": [1]}, "department"),
            ({"emp_code": "5", "department": 1, "area": [1]}, "emp_code"),
            ({"emp_code": "X1", "department": 1, "area": 1}, "area"),
        ):
            assert field in await caller.post(_EMPLOYEES, body, 400)
        made = await caller.post(_EMPLOYEES, {"emp_code": "X1", "department": 1, "area": [1]}, 201)
        path = f"{_EMPLOYEES}{made['id']}/"
        status, changed = await caller.call("PATCH", path, json={"first_name": "Eve", "emp_code": "Y"})
        assert (status, changed["first_name"], changed["emp_code"]) == (200, "Eve", "X1")
        assert (await caller.get(_EMPLOYEES, first_name_icontains="eve"))["count"] == 1
        await caller.post(_EMPLOYEES + "adjust_resign/", {"employees": [made["id"]]})
        assert (await caller.get(_EMPLOYEES, emp_code="X1"))["count"] == 0
        assert await caller.call("DELETE", path) == (204, None)
        assert (await caller.call("GET", path))[0] == 404


async def test_actions_move_people(tmp_path: Path) -> None:
    async with running(tmp_path, terminals=2) as caller:
        users = [row["users"] for row in caller.server.control.terminals()]
        everybody = list(range(1, 101))
        first = caller.server.world.terminals.by_id[1].area
        await caller.post(_EMPLOYEES + "adjust_area/", {"employees": everybody, "areas": [first]})
        assert [row["users"] for row in caller.server.control.terminals()] == [100, 0]
        assert 0 < users[0] < 100
        await caller.post(_EMPLOYEES + "adjust_department/", {"employees": [5], "department": 3})
        await caller.post(_EMPLOYEES + "adjust_position/", {"employees": [5], "position": 2})
        row = await caller.get(_EMPLOYEES + "5/")
        assert (row["department"]["id"], row["position"]["id"]) == (3, 2)
        await caller.post(_EMPLOYEES + "del_bio_template/", {"employees": [5]})
        assert (await caller.get("/iclock/api/terminals/1/"))["fp_count"] == 198
        for name, wrong in (
            ("adjust_area", {"employees": [5]}),
            ("adjust_area", {"employees": [5], "areas": [99]}),
            ("adjust_department", {"employees": [999], "department": 1}),
            ("adjust_position", {"position": 1}),
        ):
            await caller.post(f"{_EMPLOYEES}{name}/", wrong, 400)


_TREES = [("departments", "dept"), ("areas", "area"), ("positions", "position")]


@pytest.mark.parametrize(("path", "prefix"), _TREES)
@pytest.mark.parametrize("dialect", ["biotime", "utimemaster", "biotimecloud"])
async def test_trees(tmp_path: Path, dialect: str, path: str, prefix: str) -> None:
    root, code, name, parent = f"/personnel/api/{path}/", f"{prefix}_code", f"{prefix}_name", f"parent_{prefix}"
    async with running(tmp_path, dialect=dialect) as caller:
        top = (await caller.get(root, **{code: "1"}))["data"][0]
        assert ("company" in top) == (dialect == "biotimecloud")
        body: dict[str, Any] = {code: "222", name: "New", parent: top["id"]}
        made = await caller.post(root, body, 201)
        assert {key: made[key] for key in body} == body
        assert ("id" in made) != (prefix == "position" and dialect == "biotime")
        row = (await caller.get(root, **{code: "222"}))["data"][0]
        above = row[parent]
        assert (above["id"] if isinstance(above, dict) else above) == top["id"]
        assert await caller.get(f"{root}{row['id']}/") == row
        assert code in await caller.post(root, body, 400)
        assert parent in await caller.post(root, {**body, code: "223", parent: 9999}, 400)
        status, changed = await caller.call("PATCH", f"{root}{row['id']}/", json={name: "Newer"})
        assert (status, changed[name], changed[parent]) == (200, "Newer", top["id"])
        assert (await caller.call("DELETE", f"{root}{top['id']}/"))[0] == 400
        deleted = await caller.call("DELETE", f"{root}{row['id']}/")
        assert deleted == ((200, {"message": "deleted"}) if dialect == "biotimecloud" else (204, None))
        assert (await caller.call("GET", f"{root}{row['id']}/"))[0] == 404
