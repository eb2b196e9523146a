"""Who may call: the gate against stock clients that know nothing of it."""

import asyncio
import hashlib
import random
import urllib.request
from pathlib import Path

import aiohttp
import httpx
import pytest
import requests
from requests.auth import HTTPDigestAuth

from simulate.akuvox.errors import FatalError
from simulate.akuvox.gate import Auth, Caller, Gate, Refusal
from simulate.akuvox.run import AkuvoxStations
from tests.unit.simulate.akuvox.stations import quiet

URL = "/api/system/info?a=1&b=%C3%A9"


def client(base_url: str, auth: httpx.Auth | tuple[str, str] | None = None) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=base_url, auth=auth, trust_env=False)


@pytest.mark.parametrize("realm", ["HTTPAPI", "HTTP API"])
async def test_httpx_digest(tmp_path: Path, realm: str) -> None:
    async with AkuvoxStations(quiet(tmp_path, auth=Auth(realm=realm))) as stations:
        async with client(stations[0].url, httpx.DigestAuth("admin", "httpapi")) as http:
            answers = [await http.get(URL) for _ in range(3)]
            answers.append(await http.post("/api/", json={"target": "system", "action": "info"}))
            assert [answer.status_code for answer in answers] == [200] * 4
            assert [len(answer.history) for answer in answers] == [1, 0, 0, 0], "one challenge, then the nonce is kept"
        async with client(stations[0].url, httpx.DigestAuth("admin", "wrong")) as http:
            assert (await http.get(URL)).status_code == 401


async def test_requests_and_urllib_digest(tmp_path: Path) -> None:
    def with_requests(url: str) -> list[int]:
        with requests.Session() as session:
            session.trust_env = False
            session.auth = HTTPDigestAuth("admin", "httpapi")
            return [session.get(url, timeout=10).status_code for _ in range(3)]

    def with_urllib(url: str) -> int:
        passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, url, "admin", "httpapi")
        handlers = urllib.request.ProxyHandler({}), urllib.request.HTTPDigestAuthHandler(passwords)
        with urllib.request.build_opener(*handlers).open(url, timeout=10) as answer:
            return int(answer.status)

    async with AkuvoxStations(quiet(tmp_path, auth=Auth(nonce_uses=1))) as stations:
        url = stations[0].url + "/api/system/info"
        assert await asyncio.to_thread(with_requests, url) == [200] * 3
        stations[0].gate.auth = Auth()
        assert await asyncio.to_thread(with_urllib, url) == 200


async def test_aiohttp_digest_with_bodies_and_stale_nonces(tmp_path: Path) -> None:
    """This client answers auth-int where it is offered: the body is in its response."""
    middleware = aiohttp.DigestAuthMiddleware("admin", "httpapi")
    async with (
        AkuvoxStations(quiet(tmp_path, auth=Auth(nonce_uses=2))) as stations,
        aiohttp.ClientSession(middlewares=(middleware,)) as session,
    ):
        for _ in range(5):
            async with session.post(
                f"{stations[0].url}/api/", json={"target": "user", "action": "add", "data": {"item": [{"Name": "A"}]}}
            ) as answer:
                assert (answer.status, (await answer.json())["retcode"]) == (200, 1)
        assert len(stations[0].lists["user"].items) == 55


def caller(given: dict[str, str], *, body: bytes = b"", method: str = "GET", target: str = "/api/x") -> Caller:
    text = ", ".join(f'{name}="{value}"' for name, value in given.items())
    return Caller(method, target, f"Digest {text}" if given else "", body, "127.0.0.1")


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def answer_to(refusal: Refusal | None, count: int = 1, *, password: str = "httpapi", qop: str = "auth") -> Caller:
    """What RFC 2617, 3.2.2 says."""
    assert refusal is not None
    nonce = refusal.challenge.split('nonce="')[1].split('"')[0]
    secret, body = md5(f"admin:HTTPAPI:{password}"), b"{}"
    asked = md5("POST:/api/x" + (f":{md5(body.decode())}" if qop == "auth-int" else ""))
    given = {"username": "admin", "realm": "HTTPAPI", "nonce": nonce, "uri": "/api/x", "qop": qop}
    given |= {"nc": f"{count:08x}", "cnonce": "c"}
    given["response"] = md5(f"{secret}:{nonce}:{count:08x}:c:{qop}:{asked}")
    return caller(given, body=body, method="POST")


def gate(**values: object) -> Gate:
    return Gate(Auth(**values), random.Random(1))  # type: ignore[arg-type]  # values of several kinds


def test_the_challenge_is_the_documents() -> None:
    refusal = gate().check(caller({}), 0)
    assert refusal is not None
    assert refusal.status == 401
    assert refusal.challenge.startswith('Digest realm="HTTPAPI",qop="auth,auth-int",nonce="')
    assert "stale" not in refusal.challenge


@pytest.mark.parametrize("qop", ["auth", "auth-int"])
def test_a_nonce_goes_stale_after_its_uses_and_its_seconds(qop: str) -> None:
    some = gate(nonce_uses=2, nonce_seconds=10.0)
    first = some.check(caller({}), 0)
    assert [some.check(answer_to(first, count, qop=qop), 0) for count in (1, 2)] == [None, None]
    stale = some.check(answer_to(first, 3, qop=qop), 0)
    assert stale is not None
    assert stale.challenge.endswith(",stale=true")
    assert some.check(answer_to(stale, qop=qop), 9.9) is None
    late = some.check(answer_to(stale, 2, qop=qop), 10.1)
    assert late is not None
    assert late.challenge.endswith(",stale=true")


def test_a_repeated_count_is_stale_and_a_wrong_password_is_not() -> None:
    some = gate()
    first = some.check(caller({}), 0)
    assert some.check(answer_to(first), 0) is None
    again = some.check(answer_to(first), 0)
    assert again is not None
    assert again.challenge.endswith(",stale=true")
    wrong = some.check(answer_to(again, password="no"), 0)
    assert wrong is not None
    assert "stale" not in wrong.challenge


def test_a_response_belongs_to_its_body_and_its_address() -> None:
    some = gate()
    first = some.check(caller({}), 0)
    good = answer_to(first, qop="auth-int")
    for other in (
        Caller("POST", "/api/y", good.authorization, good.body, ""),
        Caller("GET", "/api/x", good.authorization, good.body, ""),
        Caller("POST", "/api/x", good.authorization, b"other", ""),
        Caller("POST", "/api/x", good.authorization.replace("/api/x", "/api/z"), good.body, ""),
        Caller("POST", "/api/x", good.authorization.replace("auth-int", "none"), good.body, ""),
        Caller("POST", "/api/x", good.authorization.replace("00000001", "zz"), good.body, ""),
    ):
        refused = some.check(other, 0)
        assert refused is not None
        assert refused.status == 401
    assert some.check(good, 0) is None


def test_too_many_requests_and_wrong_passwords_are_throttled_with_a_stale_challenge() -> None:
    some = gate(throttle_requests=3, throttle_seconds=5.0)
    first = some.check(caller({}), 0)
    assert [some.check(answer_to(first, count), 0.1) for count in (1, 2)] == [None, None]
    throttled = some.check(answer_to(first, 3), 0.2)
    assert throttled is not None
    assert throttled.challenge.endswith(",stale=true")
    assert some.check(answer_to(throttled), 5.1) is not None
    assert some.check(answer_to(throttled), 5.3) is None
    other = gate(throttle_failures=2, throttle_seconds=5.0)
    first = other.check(caller({}), 0)
    for _ in range(2):
        other.check(answer_to(first, password="no"), 0)
    assert other.check(answer_to(first), 1) is not None, "right, but too soon"
    assert other.check(answer_to(first), 6) is None


async def test_basic_and_allow_list(tmp_path: Path) -> None:
    async with (
        AkuvoxStations(quiet(tmp_path, auth=Auth(mode="basic"))) as stations,
        client(stations[0].url) as http,
    ):
        answer = await http.get(URL)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Basic realm="HTTPAPI"')
        assert "text/html" in answer.headers["Content-Type"]
        assert (await http.get(URL, auth=("admin", "httpapi"))).status_code == 200
        assert (await http.get(URL, auth=("admin", "no"))).status_code == 401
        assert (await http.get(URL, headers={"Authorization": "Basic ?"})).status_code == 401
        stations[0].gate.auth = Auth(mode="allow-list")
        assert (await http.get(URL)).status_code == 200
        stations[0].gate.auth = Auth(mode="allow-list", allowed=())
        answer = await http.get(URL)
        assert answer.status_code == 403
        assert "WWW-Authenticate" not in answer.headers


def test_bad_settings_are_told() -> None:
    for values in ({"mode": "token"}, {"realm": 'a"b'}, {"username": "a:b"}):
        with pytest.raises(FatalError):
            gate(**values)
