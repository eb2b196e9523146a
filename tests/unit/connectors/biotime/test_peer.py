"""The client against pybiotime's fake server, which shares nothing with us: versions, page sizes, personnel calls."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from pybiotime.testing import FakeBioTime

from connectors.biotime.client import BioTimeClient
from connectors.errors import RequestRefused
from runtime.connector_sections import BioTimeServer
from tests.unit.connectors.biotime.bridge import serving
from wire.biotime.personnel import parse_area, parse_department, parse_employee
from wire.biotime.terminals import parse_terminal
from wire.biotime.transactions import parse_transaction

DAY = datetime(2026, 3, 1)  # noqa: DTZ001 - wall times of a server


def client_of(url: str, folder: Path) -> BioTimeClient:
    password = folder / "password"
    password.write_text("secret")
    server = BioTimeServer(name="b1", url=url, username="api", password_file=password, zone="Asia/Dubai", page_size=20)
    return BioTimeClient(server, clock=time.time, monotonic=time.monotonic, random=Random(1))


@pytest.mark.parametrize("size_name", ["page_size", "limit"])
@pytest.mark.parametrize("ordering", ["", "-upload_time"])
async def test_a_list_of_several_pages(size_name: str, ordering: str, tmp_path: Path) -> None:
    fake = FakeBioTime(page_size_param=size_name)
    for number in range(95):
        fake.add_transaction(emp_code=f"{number:04}", punch_time=DAY + timedelta(seconds=number), terminal_sn="T1")
    fake.add_terminal(sn="T1")
    async with serving(fake) as url:
        client = client_of(url, tmp_path)
        pages = [page async for page in client.pages("transactions", ordering=ordering)]
        assert [len(page.rows) for page in pages] == [20, 20, 20, 20, 15]
        found = [parse_transaction(row) for page in pages for row in page.rows]
        assert {row.id for row in found} == {row["id"] for row in fake.transactions}
        assert {row.emp_code for row in found} == {f"{number:04}" for number in range(95)}
        assert (await client.transactions_page(page=99)).past_end
        assert [parse_terminal(row).sn for row in (await client.terminals_page()).rows] == ["T1"]
        await client.close()
    assert sum("auth" in request.path for request in fake.requests) == 1


async def test_people_and_what_they_belong_to(tmp_path: Path) -> None:
    async with serving(FakeBioTime()) as url:
        client = client_of(url, tmp_path)
        department = parse_department(await client.create_department({"dept_code": "7", "dept_name": "Kitchen"}))
        area = parse_area(await client.create_area({"area_code": "9", "area_name": "North"}))
        with pytest.raises(RequestRefused, match="fields area"):
            await client.create_employee({"emp_code": "0042", "department": int(department.id), "area": [99_999]})
        body = {"emp_code": "0042", "department": int(department.id), "area": [int(area.id)], "card_no": "12"}
        made = parse_employee(await client.create_employee(body))
        await client.update_employee(made.id, {"first_name": "Ana"})
        found = await client.employee(made.id)
        assert found is not None
        person = parse_employee(found)
        assert (person.emp_code, person.first_name) == ("0042", "Ana")
        assert person.department is not None
        assert person.department.id == department.id
        assert [where.id for where in person.areas] == [area.id]
        assert await client.delete_employee(made.id) == {}
        assert await client.employee(made.id) is None
        await client.close()
