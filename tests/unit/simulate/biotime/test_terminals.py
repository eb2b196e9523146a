"""The inventory, and commands whose effects can be seen."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.simulate.biotime.servers import TRANSACTIONS, Caller, running
from tests.unit.simulate.clocks import FrozenClock, until

_ROOT = "/iclock/api/terminals/"
_FIELDS = [
    "id",
    "sn",
    "ip_address",
    "alias",
    "terminal_name",
    "fw_ver",
    "push_ver",
    "state",
    "terminal_tz",
    "area",
    "last_activity",
    "user_count",
    "fp_count",
    "face_count",
    "palm_count",
    "transaction_count",
    "push_time",
    "transfer_time",
    "transfer_interval",
    "is_attendance",
    "area_name",
]


@pytest.mark.parametrize("dialect", ["biotime", "utimemaster", "biotimecloud"])
async def test_rows_have_the_fields_of_the_document(tmp_path: Path, dialect: str) -> None:
    async with running(tmp_path, dialect=dialect) as caller:
        row = (await caller.get(_ROOT))["data"][0]
        assert list(row) == _FIELDS + (["company"] if dialect == "biotimecloud" else [])
        assert await caller.get(f"{_ROOT}{row['id']}/") == row


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"zone": "Asia/Dubai"}, 4),
        ({"zone": "Asia/Kolkata"}, 330),
        ({"zone": "America/St_Johns"}, -210),
        ({"terminal_tz": 330}, 330),
    ],
)
async def test_half_hours_are_said_in_minutes(tmp_path: Path, settings: dict[str, Any], said: int) -> None:
    async with running(tmp_path, FrozenClock(1_795_000_000.0), **settings) as caller:
        assert (await caller.get(_ROOT))["data"][0]["terminal_tz"] == said


async def test_create_replace_delete(tmp_path: Path) -> None:
    async with running(tmp_path) as caller:
        assert await caller.post(_ROOT, {"alias": "x"}, 400) == {"sn": ["This field is required."]}
        body = {"sn": "111", "alias": "test device", "ip_address": "127.0.0.1", "terminal_tz": 8, "area": 2}
        made = await caller.post(_ROOT, body, 201)
        assert (made["sn"], made["terminal_tz"], made["area"]["id"]) == ("111", 8, 2)
        assert "sn" in await caller.post(_ROOT, body, 400)
        assert "area" in await caller.post(_ROOT, {**body, "sn": "112", "area": 99}, 400)
        path = f"{_ROOT}{made['id']}/"
        status, answer = await caller.call("PUT", path, json={"sn": "111", "alias": "y"})
        assert (status, list(answer)) == (400, ["ip_address"])
        status, answer = await caller.call("PUT", path, json={**body, "alias": "y"})
        assert (status, answer["alias"]) == (200, "y")
        assert await caller.call("DELETE", path) == (204, None)
        assert (await caller.call("GET", path))[0] == 404


async def test_filters(tmp_path: Path) -> None:
    async with running(tmp_path, serials=("AAA1", "AAB2")) as caller:
        for params, count in (
            ({"sn": "AAA1"}, 1),
            ({"sn": "AAA"}, 0),
            ({"sn_icontains": "aa"}, 2),
            ({"alias_icontains": "GATE 2"}, 1),
            ({"alias": "Gate 1"}, 1),
            ({"state": "0"}, 0),
            ({"area": "2"}, 1),
        ):
            assert (await caller.get(_ROOT, **params))["count"] == count, params


async def _command(caller: Caller, name: str, *ids: int) -> None:
    assert (await caller.post(f"{_ROOT}{name}/", {"terminals": list(ids)}))["code"] == 0


def _terminal(caller: Caller) -> dict[str, Any]:
    return dict(caller.server.control.terminals()[0])


async def _done(caller: Caller, name: str) -> None:
    await until(lambda: name in _terminal(caller)["done"], f"{name} is done")


async def test_commands_have_effects(tmp_path: Path) -> None:
    async with running(tmp_path, terminals=1, preload=20, command_seconds=0.01, reboot_seconds=0.05) as caller:
        control = caller.server.control
        control.restore(5)
        control.delete([3])
        assert _terminal(caller)["absent"] == 6
        await _command(caller, "upload_transaction", 1)
        await _done(caller, "upload_transaction")
        assert await caller.ids(page_size=100) == [1, 2, *range(4, 22)]
        row = await caller.get(f"{_ROOT}1/")
        assert row["transaction_count"] == 20
        assert row["user_count"] > 0
        await _command(caller, "clear_capture", 1)
        await _done(caller, "clear_capture")
        assert _terminal(caller)["captures"] == 0
        await _command(caller, "reboot", 1)
        await until(lambda: _terminal(caller)["rebooting"], "it reboots")
        assert (await caller.get(f"{_ROOT}1/"))["state"] == 0
        assert control.make(1) == []
        await until(lambda: not _terminal(caller)["rebooting"], "it is back")
        assert (await caller.get(TRANSACTIONS))["count"] == 21
        control.delete([1])
        await _command(caller, "clear_all", 1)
        await _command(caller, "upload_all", 1)
        await _done(caller, "upload_all")
        row = await caller.get(f"{_ROOT}1/")
        assert (row["transaction_count"], row["user_count"]) == (0, 0)
        assert (await caller.get(TRANSACTIONS))["count"] == 20
        await caller.post("/personnel/api/employees/resync_to_device/", {"employees": list(range(1, 101))})
        assert (await caller.get(f"{_ROOT}1/"))["user_count"] > 0


async def test_a_queue_can_be_emptied(tmp_path: Path) -> None:
    async with running(tmp_path, terminals=2, command_seconds=0.01) as caller:
        control = caller.server.control
        control.offline("BTS0001000001", True)
        await _command(caller, "reboot", 1, 2)
        await until(lambda: "reboot" in control.terminals()[1]["done"], "the other one reboots")
        assert _terminal(caller)["waiting"] == ["reboot"]
        await _command(caller, "clear_command", 1)
        control.offline("BTS0001000001", False)
        assert (_terminal(caller)["waiting"], _terminal(caller)["done"]) == ([], ["clear_command"])
        cases: list[dict[str, Any]] = [{}, {"terminals": []}, {"terminals": "1"}, {"terminals": [99]}]
        for wrong in cases:
            assert "terminals" in await caller.post(_ROOT + "reboot/", wrong, 400)


async def test_an_offline_terminal_uploads_later(tmp_path: Path) -> None:
    async with running(tmp_path, terminals=1) as caller:
        control = caller.server.control
        control.offline("BTS0001000001", True)
        assert control.make(3) == []
        assert (await caller.get(_ROOT))["data"][0]["state"] == 0
        control.offline("BTS0001000001", False)
        assert await caller.ids() == [1, 2, 3]
