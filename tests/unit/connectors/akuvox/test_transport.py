"""HTTP of a station: signing in, throttling, statuses, what broke off (A14, B-3 7)."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from connectors.akuvox import transport
from connectors.errors import (
    ApiBlocked,
    AuthFailed,
    ConnectorFault,
    DialectWeb,
    OutcomeUnknown,
    RequestRefused,
    ServerFault,
    Unreachable,
)
from tests.unit.connectors.akuvox.fake_station import (
    PASSWORD,
    Clock,
    DigestGuard,
    FakeStation,
    client_of,
    hang_up,
    ok,
    text_of,
)

ADD = [{"Name": "A", "PrivatePIN": "7777"}]


@pytest.fixture
def digest(password_file: Path) -> dict[str, Any]:
    return {"auth": "digest", "username": "admin", "password_file": password_file}


async def test_digest_keeps_its_nonce_and_raises_the_count(station: FakeStation, digest: dict[str, Any]) -> None:
    station.guard = guard = DigestGuard()
    async with client_of(station, **digest) as client:
        for page in (1, 2, 3):
            await client.door_log(page)
        await client.add_users(ADD)
    assert guard.seen == [("nonce1", f"{count:08x}", "auth") for count in (1, 2, 3, 4)]
    assert len(station.asked) == 5  # one challenge
    assert station.most_in_flight == 1


async def test_the_page_of_a_refusal_is_not_waited_for(station: FakeStation, digest: dict[str, Any]) -> None:
    station.guard = guard = DigestGuard()
    guard.page = "<html>" * (1 << 20)  # more than any buffer: its connection must be given up before the next
    async with client_of(station, **digest) as client:
        assert (await client.door_log(1)).rows == ()


@pytest.mark.parametrize("realm", ["HTTPAPI", "HTTP API", "a, b=c"])
async def test_digest_realms(realm: str, station: FakeStation, digest: dict[str, Any]) -> None:
    station.guard = DigestGuard(realm=realm)
    async with client_of(station, **digest) as client:
        assert (await client.door_log()).rows == ()


async def test_a_stale_nonce_is_replaced_at_once_also_for_a_write(station: FakeStation, digest: dict[str, Any]) -> None:
    clock = Clock()
    station.guard = guard = DigestGuard(nonces=1)
    async with client_of(station, clock, **digest) as client:
        await client.door_log(1)
        await client.door_log(2)
        await client.add_users(ADD)
    assert [(nonce, count) for nonce, count, _ in guard.seen] == [(f"nonce{n}", "00000001") for n in (1, 2, 3)]
    assert clock.slept == []
    written = [asked.envelope for asked in station.asked if asked.method == "POST"]
    assert len(written) == 2  # refused once, taken once
    assert written[0] == written[1]


async def test_throttled_backs_off_3_6_9(station: FakeStation, digest: dict[str, Any]) -> None:
    clock = Clock()
    station.guard = guard = DigestGuard()
    async with client_of(station, clock, **digest) as client:
        guard.always_stale = 6  # two requests an attempt
        await client.door_log(1)
    assert clock.slept == [3, 6, 9]
    assert len(guard.seen) == 1


async def test_throttled_for_good_is_a_refused_login(station: FakeStation, digest: dict[str, Any]) -> None:
    clock = Clock()
    station.guard = guard = DigestGuard()
    async with client_of(station, clock, **digest) as client:
        guard.always_stale = 1000
        with pytest.raises(AuthFailed, match="stale"):
            await client.door_log(1)
    assert clock.slept == [3, 6, 9]


async def test_wrong_password_is_not_tried_again_for_60_s(
    station: FakeStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = {"auth": "digest", "username": "admin", "password_env": "STATION_PASSWORD"}
    clock = Clock()
    station.guard = guard = DigestGuard()
    monkeypatch.setenv("STATION_PASSWORD", "wrong-4711")
    async with client_of(station, clock, **digest) as client:
        with pytest.raises(AuthFailed, match="password is wrong") as raised:
            await client.door_log(1)
        assert raised.value.retry_after_seconds == 60
        sent = len(station.asked)
        clock.now += 59
        with pytest.raises(AuthFailed, match="not tried again") as again:
            await client.door_log(1)
        assert again.value.retry_after_seconds == pytest.approx(1)
        assert len(station.asked) == sent
        monkeypatch.setenv("STATION_PASSWORD", PASSWORD)  # mended: read anew
        clock.now += 1
        await client.door_log(1)
    assert len(guard.seen) == 1
    assert clock.slept == []
    assert "4711" not in str(raised.value)


async def test_files_are_sent_with_digest(station: FakeStation, digest: dict[str, Any]) -> None:
    station.guard = guard = DigestGuard(nonces=1)
    station.answer(ok({"SystemTime": 1}))
    image = bytes(range(256)) * 4096
    async with client_of(station, **digest) as client:
        await client.upload_firmware(image)
    uploads = [asked for asked in station.asked if asked.path == "/api/firmware/upload"]
    assert [asked.parts["file"][1] for asked in uploads] == [image, image]  # its nonce was stale
    assert len(guard.seen) == 2


@pytest.mark.parametrize(
    "challenge",
    [
        'Digest realm="x"',
        'Digest realm="x",nonce="n",qop="new"',
        'Digest realm="x",nonce="n",algorithm=CRC',
        "Digest",
        "",
    ],
)
async def test_a_challenge_that_cannot_be_answered(
    challenge: str, station: FakeStation, digest: dict[str, Any]
) -> None:
    for _ in range(2):
        station.answer(text_of(401, WWW_Authenticate=challenge))
    async with client_of(station, **digest) as client:
        with pytest.raises(AuthFailed):
            await client.add_users(ADD)


async def test_basic(station: FakeStation, password_file: Path) -> None:
    async with client_of(station, auth="basic", username="admin", password_file=password_file) as client:
        await client.door_log(1)
        station.answer(text_of(401, WWW_Authenticate='Basic realm="x"'))
        with pytest.raises(AuthFailed, match="password is wrong"):
            await client.door_log(1)
    assert station.asked[0].headers["Authorization"] == "Basic YWRtaW46aHR0cGFwaS00NzEx"


@pytest.mark.parametrize(("auth", "challenge"), [("none", "Digest"), ("basic", "Digest"), ("digest", "Basic")])
async def test_another_auth_mode_is_named(auth: str, challenge: str, station: FakeStation, password_file: Path) -> None:
    station.answer(text_of(401, WWW_Authenticate=f'{challenge} realm="x",nonce="n"'))
    async with client_of(station, auth=auth, username="admin", password_file=password_file) as client:
        with pytest.raises(AuthFailed, match=f"asks for {challenge.lower()} and `auth` is {auth}"):
            await client.door_log(1)


async def test_a_missing_password_file_is_a_refused_login(station: FakeStation, tmp_path: Path) -> None:
    async with client_of(station, auth="digest", username="admin", password_file=tmp_path / "none") as client:
        with pytest.raises(AuthFailed, match="cannot read"):
            await client.door_log(1)
    assert station.asked == []


async def test_a14_forbidden_without_a_challenge(station: FakeStation, digest: dict[str, Any]) -> None:
    clock = Clock()
    station.answer(text_of(403), ok())
    async with client_of(station, clock, **digest) as client:
        with pytest.raises(ApiBlocked, match="allow-list"):
            await client.door_log(1)
        assert len(station.asked) == 1  # not tried as a login
        await client.door_log(1)  # and no login is locked out
    assert clock.slept == []


async def test_a14_permanent_redirect(station: FakeStation, digest: dict[str, Any]) -> None:
    station.answer(text_of(308, Location="/api/web/login"))
    async with client_of(station, **digest) as client:
        with pytest.raises(DialectWeb, match="308"):
            await client.door_log(1)
    assert [asked.path for asked in station.asked] == ["/api/doorlog/get"]  # not followed


@pytest.mark.parametrize(
    ("answer", "read", "write"),
    [
        (text_of(302, Location="/login"), ServerFault, ServerFault),
        (text_of(400), RequestRefused, RequestRefused),
        (text_of(404), RequestRefused, RequestRefused),
        (text_of(429), ServerFault, ServerFault),
        (text_of(500), ServerFault, OutcomeUnknown),
        (text_of(503), ServerFault, OutcomeUnknown),
        (text_of(403, WWW_Authenticate="Digest x"), AuthFailed, AuthFailed),
    ],
)
async def test_statuses(
    answer: web.Response, read: type[ConnectorFault], write: type[ConnectorFault], station: FakeStation
) -> None:
    for call, expected in (("door_log", read), ("add_users", write)):
        station.answer(text_of(answer.status, **dict(answer.headers)))  # one response can be sent once
        async with client_of(station) as client:
            with pytest.raises(expected) as raised:
                await (client.door_log(1) if call == "door_log" else client.add_users(ADD))
        assert "7777" not in str(raised.value)
    assert len(station.asked) == 2  # nothing was sent twice


async def test_a_station_that_hangs_up(station: FakeStation) -> None:
    station.answer(hang_up, hang_up)  # aiohttp sends a GET once more by itself, never a POST
    async with client_of(station) as client:
        with pytest.raises(Unreachable):
            await client.door_log(1)
        station.answer(hang_up)
        with pytest.raises(OutcomeUnknown):
            await client.add_users(ADD)
    assert [asked.method for asked in station.asked] == ["GET", "GET", "POST"]


async def test_retry_after_is_passed_on(station: FakeStation) -> None:
    station.answer(text_of(429, Retry_After="17"), text_of(503, Retry_After="soon"))
    async with client_of(station) as client:
        for seconds in (17.0, None):
            with pytest.raises(ServerFault) as raised:
                await client.door_log(1)
            assert raised.value.retry_after_seconds == seconds


async def test_nobody_at_the_address(station: FakeStation) -> None:
    station.url = "http://127.0.0.1:1"
    async with client_of(station) as client:
        with pytest.raises(Unreachable):
            await client.door_log(1)
        with pytest.raises(Unreachable):  # nothing was sent, so nothing is unknown
            await client.add_users(ADD)


async def test_a_client_that_is_not_open(station: FakeStation) -> None:
    async with client_of(station) as client:
        await client.close()
        with pytest.raises(Unreachable, match="not open"):
            await client.door_log(1)


async def test_no_answer_in_time(station: FakeStation) -> None:
    station.hold = asyncio.Event()
    async with client_of(station, request_timeout_seconds=0.2) as client:
        with pytest.raises(Unreachable, match="0 s"):
            await client.door_log(1)
        with pytest.raises(OutcomeUnknown):
            await client.add_users(ADD)
    assert [asked.method for asked in station.asked] == ["GET", "POST"]


@pytest.mark.parametrize(("call", "bound"), [("door_log", "MAX_ANSWER_BYTES"), ("export_door_log", "MAX_FILE_BYTES")])
async def test_answers_are_bounded(
    call: str, bound: str, station: FakeStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, bound, 1000)
    station.answer(web.Response(body=b"x" * 1001))
    async with client_of(station) as client:
        with pytest.raises(ServerFault, match="longer than 1000"):
            await getattr(client, call)()


async def test_one_request_at_a_time(station: FakeStation) -> None:
    async with client_of(station) as client:
        await asyncio.gather(*(client.door_log(page) for page in range(1, 9)))
    assert len(station.asked) == 8
    assert station.most_in_flight == 1


async def test_nothing_is_logged_or_shown(
    station: FakeStation, digest: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    station.guard = DigestGuard()
    station.answer(ok({"item": [{"ID": "1", "Code": "98765432"}]}))
    async with client_of(station, **digest) as client:
        page = await client.door_log(1)
        shown = repr((client, page, vars(client)))
    for secret in (PASSWORD, "98765432"):
        assert secret not in shown
        assert secret not in caplog.text
