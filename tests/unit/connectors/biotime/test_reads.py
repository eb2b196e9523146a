"""Reads (spec A1, d, B-2.15): lists to their end, repeats with back-off, and what is never an empty result."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web

from connectors.biotime import exchange
from connectors.biotime.client import BioTimeClient
from connectors.errors import RequestRefused, RouteMissing, ServerFault, SourceTrouble, Unreachable
from tests.unit.connectors.biotime.scripted import Clock, Step, asking, html, rows, said, serving
from wire.biotime.values import Json

LIST = "GET /iclock/api/transactions/"
PATH = "/iclock/api/transactions/"


@pytest.fixture
def password(tmp_path: Path) -> Path:
    return tmp_path / "password"


async def everything(client: BioTimeClient, name: str = "transactions") -> list[int]:
    return [row["id"] async for page in client.pages(name) for row in page.rows]


async def test_both_names_of_the_page_size_and_the_filters_are_sent(password: Path) -> None:
    async with serving({LIST: [rows(1)]}) as server, asking(server, password, page_size=150) as client:
        await client.transactions_page(page=2, filters={"start_time": "2026-03-01 00:00:00"}, ordering="-upload_time")
        await client.transactions_page(page_size=1)
        assert server.seen[1].query == {
            "page": "2", "page_size": "150", "limit": "150", "start_time": "2026-03-01 00:00:00",
            "ordering": "-upload_time",
        }  # fmt: skip
        assert server.seen[2].query == {"page": "1", "page_size": "1", "limit": "1"}


async def test_a_server_below_a_path(password: Path) -> None:
    async with serving(
        {"POST /bio/jwt-api-token-auth/": [said({"token": "t"})], "GET /bio" + PATH: [rows(1)]}
    ) as server:
        url = server.url + "/bio/"
        async with asking(server, password, url=url) as client:
            assert await everything(client) == [1]


async def test_a_list_goes_on_while_next_is_set_or_rows_are_missing(password: Path) -> None:
    async with (
        serving(
            {
                LIST: [
                    rows(1, 2, count=5),  # next is null, and it is not the end
                    rows(
                        3, count=5, following="http://127.0.0.1:1/x/?page=3&page_size=2"
                    ),  # a short page is not either
                    rows(4, 5, count=5),
                ]
            }
        ) as server,
        asking(server, password) as client,
    ):
        assert await everything(client) == [1, 2, 3, 4, 5]
        assert [seen.query["page"] for seen in server.of(PATH)] == ["1", "2", "3"]


async def test_the_token_never_goes_to_the_host_of_next(password: Path) -> None:
    async with serving() as elsewhere, serving() as server:
        server.script[LIST] = [
            rows(1, count=2, following=f"{elsewhere.url}{PATH}?page=2&cursor=abc"),
            rows(2, count=2),
        ]
        async with asking(server, password) as client:
            assert await everything(client) == [1, 2]
        assert elsewhere.calls == []
        assert server.of(PATH)[1].query["cursor"] == "abc"


async def test_404_past_the_end_ends_a_list(password: Path) -> None:
    end = said({"detail": "Invalid page."}, 404)
    async with serving({LIST: [rows(1, count=9), end]}) as server, asking(server, password) as client:
        assert await everything(client) == [1]
        assert (await client.transactions_page(page=7)).past_end


async def test_404_on_the_first_page_is_no_empty_list(password: Path) -> None:
    async with serving({LIST: [said({"detail": "Not found."}, 404)]}) as server, asking(server, password) as client:
        with pytest.raises(RouteMissing):
            await client.transactions_page()
        with pytest.raises(RouteMissing):
            await client.terminals_page()  # 404 in HTML
        with pytest.raises(RouteMissing):
            await client.terminals_page(page=2)


async def test_a_list_that_shrank_ends(password: Path) -> None:
    async with serving({LIST: [rows(1, 2, count=4), rows(count=4)]}) as server, asking(server, password) as client:
        assert await everything(client) == [1, 2]


@pytest.mark.parametrize(
    ("second", "match"),
    [
        (rows(1, 2, count=9, following="?page=3"), "the one before again"),
        (rows(count=9, following="?page=3"), "empty and has a next"),
        (rows(3, count=9, following="?page=1"), "an earlier one"),
        (html(), "HTML"),
        (said({"code": 5, "msg": "busy", "data": []}), "code 5"),
    ],
)
async def test_a_list_that_contradicts_itself_is_an_error(second: Step, match: str, password: Path) -> None:
    async with (
        serving({LIST: [rows(1, 2, count=9, following="?page=2"), second]}) as server,
        asking(server, password) as client,
    ):
        with pytest.raises(ServerFault, match=match):
            await everything(client)


async def test_f15_html_with_200_is_a_fault_and_no_result(password: Path) -> None:
    async with serving({LIST: [html()]}) as server, asking(server, password) as client:
        with pytest.raises(ServerFault, match="HTML"):
            await client.transactions_page()


async def test_a_redirect_is_never_followed(password: Path) -> None:
    async with serving() as elsewhere, serving() as server:
        server.script[LIST] = [web.Response(status=302, headers={"Location": elsewhere.url + "/login/"})]
        async with asking(server, password) as client:
            with pytest.raises(ServerFault, match="HTTP 302"):
                await client.transactions_page()
        assert elsewhere.calls == []
        assert len(server.of(PATH)) == 1


async def test_a_bad_filter_is_ours_and_not_repeated(password: Path) -> None:
    bad = said({"start_time": ["Enter a valid date/time."]}, 400)
    async with serving({LIST: [bad]}) as server, asking(server, password) as client:
        with pytest.raises(RequestRefused, match="fields start_time"):
            await client.transactions_page(filters={"start_time": "yesterday"})
        assert len(server.of(PATH)) == 1


@pytest.mark.parametrize("trouble", [html(502), said({}, 503), None])
async def test_a_get_is_repeated_with_growing_waits(trouble: Step, password: Path) -> None:
    clock = Clock()
    async with (
        serving({LIST: [trouble, trouble, trouble, rows(1)]}) as server,
        asking(server, password, clock) as client,
    ):
        assert (await client.transactions_page()).rows == ({"id": 1},)
        assert len(clock.slept) == 3
        assert all(0.5 <= wait / base <= 1.5 for wait, base in zip(clock.slept, (0.5, 1.0, 2.0), strict=True))
        assert len(server.of(PATH)) == 4
        assert server.logins == 1


async def test_after_four_times_it_is_told(password: Path) -> None:
    async with serving({LIST: [html(502)]}) as server, asking(server, password) as client:
        with pytest.raises(ServerFault, match="HTTP 502"):
            await client.transactions_page()
        assert len(server.of(PATH)) == 4
    async with serving({LIST: [None]}) as server, asking(server, password) as client:
        with pytest.raises(Unreachable):
            await client.transactions_page()
        assert len(server.of(PATH)) == 4, "and aiohttp repeats nothing by itself"


async def test_waiting_has_an_end(password: Path) -> None:
    class Slow(Clock):
        async def sleep(self, seconds: float) -> None:
            await super().sleep(8.0)

    async with serving({LIST: [html(502)]}) as server, asking(server, password, Slow()) as client:
        with pytest.raises(ServerFault):
            await client.transactions_page()
        assert len(server.of(PATH)) == 3, "twice the request's own deadline, here 10 s"


async def test_nobody_listens(password: Path) -> None:
    async with serving() as server:
        url = server.url
    async with asking(server, password, url=url) as client:
        with pytest.raises(Unreachable, match="no connection"):
            await client.transactions_page()


async def test_a_short_429_is_waited_for(password: Path) -> None:
    clock = Clock()
    async with (
        serving({LIST: [said({}, 429, {"Retry-After": "4"}), rows(1)]}) as server,
        asking(server, password, clock) as client,
    ):
        await client.transactions_page()
        assert clock.slept == [4.0]


async def test_a_long_429_is_told_and_kept(password: Path) -> None:
    clock = Clock()
    async with (
        serving({LIST: [said({}, 429, {"Retry-After": "120"}), rows(1)]}) as server,
        asking(server, password, clock) as client,
    ):
        with pytest.raises(ServerFault) as error:
            await client.transactions_page()
        assert error.value.retry_after_seconds == 120
        with pytest.raises(ServerFault, match="asked for a pause"):
            await client.terminals_page()
        assert len(server.calls) == 2
        assert clock.slept == []
        clock.now += 121
        await client.transactions_page()


async def test_an_answer_without_end_is_cut(password: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "BODY_LIMIT", 200_000)
    sent: list[int] = []

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        try:
            for _ in range(10_000):
                await response.write(b" " * 10_000)
                sent.append(10_000)
        except ConnectionError:
            pass
        return response

    async with serving({LIST: [endless]}) as server, asking(server, password) as client:
        with pytest.raises(ServerFault, match="more than 200000 bytes"):
            await client.transactions_page()
    assert sum(sent) < 50_000_000


async def test_an_answer_that_breaks_off_is_no_answer(password: Path) -> None:
    async def broken(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b'{"data":[')
        assert request.transport is not None
        request.transport.abort()
        return response

    async with serving({LIST: [broken, rows(1)]}) as server, asking(server, password) as client:
        assert (await client.transactions_page()).rows == ({"id": 1},)


async def test_no_cookie_is_kept(password: Path) -> None:
    cookie = said({"count": 0, "data": []}, headers={"Set-Cookie": "sessionid=abc"})
    async with serving({LIST: [cookie]}) as server, asking(server, password) as client:
        await client.transactions_page()
        await client.transactions_page()
        assert all("Cookie" not in seen.headers for seen in server.seen)


async def test_one_object_or_none(password: Path) -> None:
    script: dict[str, list[Step]] = {
        "GET /iclock/api/terminals/5/": [said({"id": 5, "sn": "T1"})],
        "GET /iclock/api/terminals/6/": [said({"detail": "Not found."}, 404)],
    }
    async with serving(script) as server, asking(server, password) as client:
        assert await client.terminal(5) == {"id": 5, "sn": "T1"}
        assert await client.terminal(6) is None
        with pytest.raises(RouteMissing):
            await client.terminal(7)  # 404 in HTML: the API is not there


async def test_b3_app_settings_have_two_paths(password: Path) -> None:
    second = "/mobile/api/v1.0/app_settings/"
    async with (
        serving({"GET " + second: [said({"emp_code": "13", "status_code": 200, "message": []})]}) as server,
        asking(server, password) as client,
    ):
        found: Json | None = await client.app_settings()
        assert found is not None
        assert found["emp_code"] == "13"
        assert server.calls[1:] == ["GET /mobile/api/v1.0/configurations/app_settings/", "GET " + second]


async def test_a_401_in_json_of_the_mobile_api_rests_too(password: Path) -> None:
    path = "GET /mobile/api/v1.0/manual_logs/"
    expired = said({"status_code": 401, "message": ["expired"]})
    async with serving({path: [expired]}) as server, asking(server, password) as client:
        with pytest.raises(SourceTrouble) as error:
            await client.manual_logs_page()
        assert error.value.retry_after_seconds == 60
