"""Objects in a bucket of S3 or anything that speaks it and knows conditional writes (If-None-Match, If-Match)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    InvalidPathError,
    NotSupportedError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
    UnknownConfigurationKeyError,
)
from obstore.store import S3Store

from runtime.errors import ObjectMissing, SettingsError, StoreRefused, StoreUnavailable
from runtime.objects import checked
from runtime.sealing import Buffer
from runtime.sections import StoreSettings
from runtime.settings import read_secret

if TYPE_CHECKING:
    from obstore import PutMode
    from obstore.store import ClientConfig, S3Config

_PAGE: Final = 1000
_RETRIES: Final = 2
_PROBE: Final = "probe/conditional-writes"
_NO_SUCH_TAG: Final = f'"{"0" * 32}"'
_CODE: Final = re.compile(r"<Code>([A-Za-z0-9.]{1,60})</Code>")
_FOR_A_PERSON: Final = (
    PermissionDeniedError,
    UnauthenticatedError,
    NotSupportedError,
    InvalidPathError,
    UnknownConfigurationKeyError,
)

T = TypeVar("T")


class S3Objects:
    """An ObjectStore. Without an access key in the settings, the usual AWS environment, files and roles count."""

    def __init__(self, settings: StoreSettings) -> None:
        """Speaks to nobody yet. Raises SettingsError."""
        self._settings = settings
        deadline = timedelta(seconds=settings.deadline_seconds)
        client: ClientConfig = {
            "timeout": deadline,
            "connect_timeout": deadline,
            "allow_http": settings.endpoint.startswith("http://"),
        }
        if settings.ca_file is not None:
            client["root_certificate"] = _read(settings)
        config: S3Config = {"region": settings.region}
        if settings.endpoint:
            config["endpoint"] = settings.endpoint
        if settings.access_key_id:
            secret = read_secret(settings.secret_access_key, settings.secret_access_key_file, "store.secret_access_key")
            config |= {"access_key_id": settings.access_key_id, "secret_access_key": secret}
        try:
            self._store = S3Store(
                settings.bucket,
                prefix=settings.prefix or None,
                config=config,
                client_options=client,
                retry_config={"max_retries": _RETRIES, "retry_timeout": deadline},
            )
        except (BaseError, ValueError) as error:
            raise SettingsError(f"store: {_first_line(error)}") from None

    async def verify(self) -> None:
        """Raises StoreRefused when the bucket cannot be used, or does not know conditional writes: then two edges
        would overwrite each other's keys in silence. Raises StoreUnavailable.
        """
        await self.put_if_absent(_PROBE, b"1")
        if await self.put_if_absent(_PROBE, b"2") or await self._put(_PROBE, b"3", {"e_tag": _NO_SUCH_TAG}):
            raise StoreRefused(f"{self._where} overwrites where it was told not to (If-None-Match, If-Match)")

    async def put_if_absent(self, name: str, data: Buffer) -> bool:
        return await self._put(name, data, "create")

    async def get(self, name: str) -> bytes:
        return (await self._get(name))[0]

    async def replace(self, name: str, old: bytes, new: Buffer) -> bool:
        try:
            found, e_tag = await self._get(name)
        except ObjectMissing:
            return False
        if found != old:
            return False
        if await self._put(name, new, {"e_tag": e_tag}):
            return True
        try:  # the answer to a first try may have been lost, and the client's second try refused for it
            return (await self._get(name))[0] == bytes(new)
        except ObjectMissing:
            return False

    async def delete(self, name: str) -> bool:
        existed = await self.exists(name)
        if existed:
            await self._ask(obstore.delete_async(self._store, checked(name)))
        return existed

    async def exists(self, name: str) -> bool:
        try:
            await self._ask(obstore.head_async(self._store, checked(name)))
        except FileNotFoundError:
            return False
        return True

    async def names(self, prefix: str) -> AsyncIterator[str]:
        pages = obstore.list(self._store, checked(prefix) if prefix else None, chunk_size=_PAGE)
        while True:
            try:
                page = await self._ask(pages.__anext__())
            except StopAsyncIteration:
                return
            for entry in page:
                yield entry["path"]

    async def _put(self, name: str, data: Buffer, mode: PutMode) -> bool:
        """False when the condition does not hold. One request whatever the size: conditions do not go with parts."""
        try:
            await self._ask(obstore.put_async(self._store, checked(name), data, mode=mode, use_multipart=False))
        except (AlreadyExistsError, PreconditionError):
            return False
        except FileNotFoundError:
            return False
        return True

    async def _get(self, name: str) -> tuple[bytes, str | None]:
        """The object and its tag."""
        try:
            result = await self._ask(obstore.get_async(self._store, checked(name)))
            return bytes(await self._ask(result.bytes_async())), result.meta["e_tag"]
        except FileNotFoundError:
            raise ObjectMissing(f"there is no object {name}") from None

    async def _ask(self, request: Awaitable[T]) -> T:
        """What the client raises becomes ours, but for conditions that do not hold and objects that are not there."""
        try:
            async with asyncio.timeout(self._settings.deadline_seconds):
                return await request
        except TimeoutError:
            raise StoreUnavailable(
                f"{self._where} did not answer within {self._settings.deadline_seconds:g} s"
            ) from None
        except (AlreadyExistsError, PreconditionError):
            raise
        except _FOR_A_PERSON as error:
            raise StoreRefused(f"{self._where} refuses: {_first_line(error)}") from None
        except FileNotFoundError as error:
            self._refuse_missing_bucket(error)
            raise
        except BaseError as error:
            self._refuse_missing_bucket(error)
            raise StoreUnavailable(f"{self._where} failed: {_first_line(error)}") from None

    def _refuse_missing_bucket(self, error: Exception) -> None:
        if "NoSuchBucket" in str(error):
            raise StoreRefused(f"{self._where} is not there: make the bucket, or mend store.bucket") from None

    @property
    def _where(self) -> str:
        return f"bucket {self._settings.bucket} at {self._settings.endpoint or 'AWS ' + self._settings.region}"


def _read(settings: StoreSettings) -> bytes:
    assert settings.ca_file is not None
    try:
        return settings.ca_file.read_bytes()
    except OSError as error:
        raise SettingsError(f"store.ca_file: cannot read {settings.ca_file}: {error.strerror}") from None


def _first_line(error: Exception) -> str:
    """The client's own sentence and S3's error code, without the pages of detail that follow."""
    text = str(error)
    code = _CODE.search(text)
    line = text.split("\n", 1)[0].split("<?xml", 1)[0].strip().rstrip(":")[:300]
    return f"{line} ({code[1]})" if code else line
