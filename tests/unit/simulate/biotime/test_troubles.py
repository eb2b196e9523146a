"""What goes wrong with single requests."""

import random
import time
from pathlib import Path

import aiohttp
import pytest

from simulate.biotime.errors import FatalError
from simulate.biotime.troubles import Trouble, Troubles
from tests.unit.simulate.biotime.servers import MOBILE, TRANSACTIONS, running


async def test_a_status_for_so_many_requests_of_a_path(tmp_path: Path) -> None:
    async with running(tmp_path, preload=3) as caller:
        caller.server.control.add_trouble(Trouble("status", "/iclock/", status=429, retry_after="7", times=2))
        assert (await caller.call("GET", "/personnel/api/areas/"))[0] == 200
        async with caller.session.get(caller.server.url + TRANSACTIONS) as response:
            assert (response.status, response.headers["Retry-After"]) == (429, "7")
        assert (await caller.call("GET", TRANSACTIONS))[0] == 429
        assert await caller.ids() == [1, 2, 3]


async def test_pages_that_are_no_json(tmp_path: Path) -> None:
    async with running(tmp_path) as caller:
        control = caller.server.control
        control.add_trouble(Trouble("html", times=1))
        status, body = await caller.call("GET", TRANSACTIONS)
        assert status == 200
        assert body.startswith("<!DOCTYPE html>")
        control.add_trouble(Trouble("login_redirect", times=1))
        assert (await caller.call("GET", TRANSACTIONS))[0] == 302
        control.add_trouble(Trouble("code", times=1))
        assert (await caller.get(TRANSACTIONS))["code"] == -1
        assert (await caller.call("GET", "/what/"))[1].startswith("<!DOCTYPE html>")


async def test_refusals_in_the_middle(tmp_path: Path) -> None:
    async with running(tmp_path) as caller:
        control = caller.server.control
        control.add_trouble(Trouble("unauthorized", times=1))
        assert await caller.call("GET", TRANSACTIONS) == (401, {"detail": "Invalid token."})
        control.add_trouble(Trouble("licence", times=1))
        assert (await caller.call("GET", TRANSACTIONS))[0] == 403
        control.set_faults(licence_missing=True)
        assert (await caller.call("GET", TRANSACTIONS))[0] == 403
        assert (await caller.call("GET", "/personnel/api/areas/"))[0] == 403
        assert (await caller.call("GET", MOBILE + "employees/"))[0] == 200


async def test_a_write_whose_answer_is_lost_was_done(tmp_path: Path) -> None:
    async with running(tmp_path) as caller:
        body = {"area_code": "77", "area_name": "New"}
        for kind, done in (("drop", False), ("drop_after", True)):
            caller.server.control.add_trouble(Trouble(kind, method="POST", times=1))  # type: ignore[arg-type]  # a Kind
            with pytest.raises(aiohttp.ClientError):
                await caller.call("POST", "/personnel/api/areas/", json=body)
            assert bool((await caller.get("/personnel/api/areas/", area_code="77"))["count"]) == done


async def test_half_an_answer(tmp_path: Path) -> None:
    async with running(tmp_path, preload=10) as caller:
        caller.server.control.add_trouble(Trouble("truncated", times=1))
        with pytest.raises(aiohttp.ClientPayloadError):
            await caller.call("GET", TRANSACTIONS)
        assert len(await caller.ids()) == 10


async def test_pages_that_are_empty_or_repeated(tmp_path: Path) -> None:
    async with running(tmp_path, preload=30) as caller:
        caller.server.control.add_trouble(Trouble("empty_page", times=1))
        page = await caller.get(TRANSACTIONS, page=3)
        assert page["data"] == []
        assert page["next"].endswith("page=4")
        caller.server.control.add_trouble(Trouble("repeat_page", times=1))
        assert await caller.ids(page=2) == list(range(1, 11))
        assert await caller.ids(page=2) == list(range(11, 21))


async def test_slow_answers(tmp_path: Path) -> None:
    async with running(tmp_path) as caller:
        caller.server.control.set_faults(cold_seconds=0.2, idle_seconds=0.1)
        caller.server.control.add_trouble(Trouble("slow", seconds=0.15, times=1))
        started = time.monotonic()
        await caller.get(TRANSACTIONS)
        assert time.monotonic() - started >= 0.15
        caller.server.control.set_faults(idle_seconds=0.0)
        started = time.monotonic()
        await caller.get(TRANSACTIONS)
        assert time.monotonic() - started >= 0.2


def test_bursts_are_seeded() -> None:
    def strikes(seed: int) -> list[bool]:
        troubles = Troubles(random.Random(seed), (Trouble("status", share=0.1, burst=3),))
        return [troubles.pick("GET", "/") is not None for _ in range(300)]

    assert strikes(1) == strikes(1) != strikes(2)
    first = strikes(1).index(True)
    assert strikes(1)[first : first + 3] == [True] * 3
    assert 30 < sum(strikes(1)) < 150


@pytest.mark.parametrize(
    "wrong", [{"kind": "x"}, {"share": 0}, {"burst": 0}, {"times": 0}, {"status": 200}, {"seconds": -1}]
)
def test_wrong_values_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(FatalError, match=next(iter(wrong))):
        Trouble(**{"kind": "status", **wrong})  # type: ignore[arg-type]  # wrong on purpose
