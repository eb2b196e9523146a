"""The list of transactions: shapes, pages, filters, orders, and what the faults make of them."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.simulate.biotime.servers import TRANSACTIONS, Caller, running
from tests.unit.simulate.clocks import FrozenClock, until

_MANUAL = [
    "id",
    "emp_code",
    "punch_time",
    "punch_state",
    "verify_type",
    "work_code",
    "terminal_sn",
    "terminal_alias",
    "area_alias",
    "longitude",
    "latitude",
    "gps_location",
    "mobile",
    "source",
    "purpose",
    "crc",
    "is_attendance",
    "reserved",
    "upload_time",
    "sync_status",
    "sync_time",
    "emp",
    "terminal",
]


@pytest.mark.parametrize(
    ("settings", "more"),
    [
        ({"dialect": "utimemaster"}, []),
        ({"dialect": "biotimecloud"}, ["temperature", "mask_flag", "company"]),
        ({"dialect": "biotime", "version": "9.0"}, ["temperature", "is_mask"]),
    ],
)
async def test_rows_have_the_fields_of_the_document(tmp_path: Path, settings: dict[str, Any], more: list[str]) -> None:
    async with running(tmp_path, preload=1, **settings) as caller:
        page = await caller.get(TRANSACTIONS)
        assert list(page) == ["count", "next", "previous", "msg", "code", "data"]
        assert sorted(page["data"][0]) == sorted(_MANUAL + more)


async def test_upload_time_is_utc_in_the_cloud_and_local_elsewhere(tmp_path: Path) -> None:
    row = {"serial": "T1", "pin": "7", "local_time": "2026-10-26 07:33:20"}
    for dialect, upload in (("biotimecloud", "2026-10-26 03:33:20"), ("biotime", "2026-10-26 07:33:20")):
        async with running(tmp_path / dialect, FrozenClock(1_792_985_600.0), dialect=dialect) as caller:
            caller.server.control.punches([row])
            (found,) = (await caller.get(TRANSACTIONS))["data"]
            assert (found["punch_time"], found["upload_time"]) == ("2026-10-26 07:33:20", upload)


async def test_pages_cover_everything_once_and_end_with_404(tmp_path: Path) -> None:
    async with running(tmp_path, preload=95) as caller:
        found: list[int] = []
        for number in range(1, 11):
            page = await caller.get(TRANSACTIONS, page=number)
            found += [row["id"] for row in page["data"]]
            assert (page["next"] is None) == (number == 10)
            assert (page["previous"] is None) == (number == 1)
        assert found == list(range(1, 96))
        for bad in ("11", "0", "x"):
            status, body = await caller.call("GET", TRANSACTIONS, params={"page": bad})
            assert (status, body) == (404, {"detail": "Invalid page."})


@pytest.mark.parametrize(("dialect", "name"), [("biotime", "page_size"), ("utimemaster", "limit")])
async def test_the_size_of_a_page_has_the_name_of_the_dialect(tmp_path: Path, dialect: str, name: str) -> None:
    other = {"page_size": "limit", "limit": "page_size"}[name]
    async with running(tmp_path, preload=40, dialect=dialect) as caller:
        assert len(await caller.ids(**{name: 25})) == 25
        assert len(await caller.ids(**{other: 25})) == 10


async def test_filters_are_exact_and_both_ends_count(tmp_path: Path) -> None:
    async with running(tmp_path) as caller:
        for second in range(4):
            for serial, pin in (("T1", "7"), ("T2", "07")):
                at = f"2026-03-01 08:00:0{second}"
                caller.server.control.punches([{"serial": serial, "pin": pin, "local_time": at}])
        assert await caller.ids(emp_code="7") == [1, 3, 5, 7]
        assert await caller.ids(terminal_sn="T2") == [2, 4, 6, 8]
        assert await caller.ids(terminal_sn="T1", emp_code="07") == []
        assert await caller.ids(terminal_alias="Auto add") == [1, 2, 3, 4, 5, 6, 7, 8]
        between = {"start_time": "2026-03-01 08:00:01", "end_time": "2026-03-01 08:00:02"}
        assert await caller.ids(**between) == [3, 4, 5, 6]
        assert await caller.ids(**between, ordering="-punch_time") == [6, 5, 4, 3]
        assert await caller.ids(start_time="2030-01-01 00:00:00") == []
        assert await caller.ids(misspelt="x") == [1, 2, 3, 4, 5, 6, 7, 8]
        status, body = await caller.call("GET", TRANSACTIONS, params={"start_time": "soon"})
        assert (status, body) == (400, {"start_time": ["Enter a valid date/time."]})


async def test_a_late_row_is_first_by_arrival_and_in_its_place_by_time(tmp_path: Path) -> None:
    async with running(tmp_path, preload=20) as caller:
        (late,) = caller.server.control.make(1, late_days=25)
        assert (await caller.ids(ordering="-upload_time"))[0] == late == 21
        order = await caller.ids(ordering="punch_time", page_size=50)
        assert order.index(late) < 20
        assert sorted(order) == list(range(1, 22))


async def test_ignored_orders_and_filters(tmp_path: Path) -> None:
    async with running(tmp_path, preload=5) as caller:
        caller.server.control.set_faults(ignore_ordering=True, ignore_filters=True)
        assert await caller.ids(ordering="-upload_time", start_time="2030-01-01 00:00:00") == [1, 2, 3, 4, 5]
        caller.server.control.set_faults(ignore_ordering=False, ignore_filters=False)
        assert await caller.ids(ordering="-id") == [1, 2, 3, 4, 5]
        assert await caller.ids(ordering="-upload_time") == [5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("next_url", "start"),
    [("relative", "/iclock/"), ("plain_http", "http://127.0.0.1:"), ("right", "http://127.0.0.1:"), ("null", "None")],
)
async def test_the_next_page_has_many_names(tmp_path: Path, next_url: str, start: str) -> None:
    async with running(tmp_path, preload=30) as caller:
        caller.server.control.set_faults(next_url=next_url)
        page = await caller.get(TRANSACTIONS, ordering="punch_time")
        assert str(page["next"]).startswith(start)
        assert page["count"] == 30
        assert next_url == "null" or page["next"].endswith("ordering=punch_time&page=2")


async def test_who_follows_a_wrong_host_is_found_out(tmp_path: Path) -> None:
    async with running(tmp_path, preload=30) as caller:
        caller.server.control.set_faults(next_url="wrong_host")
        page = await caller.get(TRANSACTIONS)
        assert not page["next"].startswith(caller.server.url)
        async with caller.session.get(page["next"]) as response:
            assert response.status == 404
        assert caller.server.control.status()["leaked"] == 1


async def test_capped_pages_and_other_envelopes(tmp_path: Path) -> None:
    async with running(tmp_path, preload=30) as caller:
        caller.server.control.set_faults(page_cap=7)
        assert len(await caller.ids(page_size=100)) == 7
        caller.server.control.set_faults(rows_key="results")
        assert len((await caller.get(TRANSACTIONS))["results"]) == 7
        caller.server.control.set_faults(rows_key="array")
        assert len(await caller.get(TRANSACTIONS)) == 7


async def test_rows_drift_between_pages(tmp_path: Path) -> None:
    async with running(tmp_path, preload=20) as caller:
        caller.server.control.set_faults(drift_rows=1)
        first = await caller.ids(ordering="-upload_time")
        second = await caller.ids(ordering="-upload_time", page=2)
        assert first[-1] == second[0]


async def test_ids_become_visible_out_of_order(tmp_path: Path) -> None:
    async with running(tmp_path) as caller:
        assert caller.server.control.make(1, hidden_seconds=0.1) == [1]
        assert caller.server.control.make(1) == [2]
        assert await caller.ids() == [2]
        await until(lambda: caller.server.control.status()["rows"] == 2, "the row can be seen")
        assert await caller.ids() == [1, 2]


async def test_ids_of_the_cloud_have_gaps(tmp_path: Path) -> None:
    async with running(tmp_path, preload=200, dialect="biotimecloud") as caller:
        ids = await _all(caller)
        assert ids[0] > 1_000_000
        assert ids == sorted(ids)
        assert ids[-1] - ids[0] > 199


async def _all(caller: Caller) -> list[int]:
    return await caller.ids(page_size=1000)
