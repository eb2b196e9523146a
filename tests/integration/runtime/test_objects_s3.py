"""The S3 client against a server that speaks S3: the checks of every store, and what goes wrong on the way."""

from __future__ import annotations

import asyncio
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import uuid4

import pytest
from moto.server import ThreadedMotoServer

from runtime import objects_s3
from runtime.errors import ObjectMissing, PayloadLost, SettingsError, StoreRefused, StoreUnavailable
from runtime.key_files import new_key, rotate_key
from runtime.keyring import KeyRing
from runtime.objects import ObjectStore, open_store
from runtime.objects_s3 import S3Objects
from runtime.person_keys import PersonId, PersonKeys
from runtime.sections import StoreSettings
from runtime.vault import Vault
from tests.unit.runtime.object_stores import CHECKS, names_of

Settings = Callable[..., StoreSettings]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    yield f"http://{host}:{port}"
    moto.stop()


@pytest.fixture
def make_settings(endpoint: str) -> Settings:
    """Settings for a new bucket."""
    bucket = f"b-{uuid4().hex}"
    with urllib.request.urlopen(urllib.request.Request(f"{endpoint}/{bucket}", method="PUT"), timeout=10) as answer:
        assert answer.status == 200

    def make(**changes: object) -> StoreSettings:
        values = {
            "kind": "s3", "bucket": bucket, "endpoint": endpoint, "access_key_id": "id", "secret_access_key": "secret",
            "deadline_seconds": 20,
        }  # fmt: skip
        return StoreSettings.model_validate({**values, **changes})

    return make


@asynccontextmanager
async def server(answer: str) -> AsyncIterator[str]:
    """The address of a server that gives everybody this answer; with none, it waits until the client gives up."""
    serving: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.current_task())
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(answer.encode())
                await (writer.drain() if answer else reader.read())
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = listening.sockets[0].getsockname()
    try:
        yield f"http://{host}:{port}"
    finally:
        listening.close()
        tasks = [task for task in serving if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 10)


def settings_at(endpoint: str, deadline_seconds: float = 5) -> StoreSettings:
    values = {"kind": "s3", "bucket": "b", "endpoint": endpoint, "deadline_seconds": deadline_seconds}
    return StoreSettings.model_validate({**values, "access_key_id": "id", "secret_access_key": "geheim"})


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_it_is_an_object_store(check: Callable[[ObjectStore], Awaitable[None]], make_settings: Settings) -> None:
    await check(S3Objects(make_settings()))


async def test_a_prefix_parts_two_stores_of_one_bucket(make_settings: Settings) -> None:
    one, two = S3Objects(make_settings(prefix="site/one")), S3Objects(make_settings(prefix="site/two"))
    assert await one.put_if_absent("a/b", b"1")
    assert await two.put_if_absent("a/b", b"2")
    assert (await one.get("a/b"), await two.get("a/b")) == (b"1", b"2")
    assert await names_of(one) == ["a/b"]
    assert await names_of(S3Objects(make_settings())) == ["site/one/a/b", "site/two/a/b"]


async def test_long_lists_are_read_page_by_page(make_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects_s3, "_PAGE", 3)
    store = S3Objects(make_settings())
    made = [f"a/{number}" for number in range(8)]
    for name in made:
        await store.put_if_absent(name, b"")
    assert await names_of(store, "a") == made


async def test_a_store_is_tried_out_when_it_is_opened(make_settings: Settings) -> None:
    for _ in range(2):
        assert isinstance(await open_store(make_settings()), S3Objects)
    with pytest.raises(StoreRefused, match=r"bucket nowhere at http.* is not there"):
        await open_store(make_settings(bucket="nowhere"))


async def test_a_bucket_that_went_away_is_not_taken_for_a_missing_object(make_settings: Settings) -> None:
    store = S3Objects(make_settings(bucket="nowhere"))
    for call in (store.get("a"), store.put_if_absent("a", b""), store.replace("a", b"", b"")):
        with pytest.raises(StoreRefused, match="is not there"):
            await call
    with pytest.raises(StoreRefused, match="is not there"):
        await names_of(store)


@pytest.mark.parametrize(
    ("answer", "error", "named"),
    [
        ("403 Forbidden", StoreRefused, "AccessDenied"),
        ("401 Unauthorized", StoreRefused, "AccessDenied"),
        ("503 Service Unavailable", StoreUnavailable, "failed"),
        ("500 Internal Server Error", StoreUnavailable, "failed"),
        ("400 Bad Request", StoreUnavailable, "AccessDenied"),
    ],
)
async def test_what_a_server_says_against_it(answer: str, error: type[Exception], named: str) -> None:
    body = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>"
    async with server(f"HTTP/1.1 {answer}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n{body}") as there:
        store = S3Objects(settings_at(there))
        with pytest.raises(error, match=rf"bucket b at http://127\.0\.0\.1.*{named}") as refused:
            await store.get("a")
    assert "\n" not in str(refused.value)
    assert "geheim" not in str(refused.value)


async def test_a_server_that_never_answers_is_waited_for_until_the_deadline() -> None:
    async with server("") as there:
        store = S3Objects(settings_at(there, deadline_seconds=0.5))
        for call in (store.put_if_absent("a", b"x"), store.get("a"), store.delete("a"), names_of(store)):
            started = time.monotonic()
            with pytest.raises(StoreUnavailable):
                await call
            assert time.monotonic() - started < 3


async def test_nobody_at_the_address() -> None:
    async with server("") as there:
        pass
    with pytest.raises(StoreUnavailable, match=r"bucket b at http://127\.0\.0\.1"):
        await open_store(settings_at(there))


async def test_a_server_without_conditional_writes_is_refused() -> None:
    async with server('HTTP/1.1 200 OK\r\nETag: "1"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n') as there:
        with pytest.raises(StoreRefused, match="overwrites where it was told not to"):
            await open_store(settings_at(there))


async def test_a_wrong_ca_file_is_named(make_settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"store\.ca_file: cannot read .*nowhere: No such file"):
        S3Objects(make_settings(ca_file=tmp_path / "nowhere"))


async def test_a_vault_in_a_bucket(make_settings: Settings, tmp_path: Path) -> None:
    store = await open_store(make_settings(prefix="ps"))
    new_key(tmp_path, "acme")
    keys = KeyRing.load(tmp_path, check_seconds=0)
    person = PersonId.on_device("SN1", "17")
    stored = await asyncio.gather(
        *(Vault(store, keys).keep("photo", "acme", person, b"picture %d" % number) for number in range(8))
    )
    assert len(await names_of(store, "keys/acme")) == 2, "one key, and the naming key"
    rotate_key(tmp_path, "acme")
    assert (await PersonKeys(store, keys).rewrap("acme")).rewrapped == 2
    (tmp_path / "acme.1.key").unlink()
    reader = Vault(store, keys)
    assert [await reader.read(each.name) for each in stored] == [b"picture %d" % number for number in range(8)]
    assert await Vault(store, keys).destroy_person("acme", person)
    with pytest.raises(PayloadLost):
        await Vault(store, keys).read(stored[0].name)
    with pytest.raises(ObjectMissing):
        await reader.read(stored[0].name[:-1] + ("0" if stored[0].name[-1] != "0" else "1"))
