"""Brings files to where payroll takes them: a folder, SFTP, HTTPS. Sending again is safe, and each delivery has a
receipt.

A file that is there already with the same content is not written again; one with another content is never replaced. A
file appears whole or not at all: it is written beside its place and renamed. HTTPS: PUT with the content's digest as
`Idempotency-Key`, so that the receiver can tell a repetition.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import aiohttp
import asyncssh

from sinks.errors import DeliveryFailed, ExportRefused
from sinks.exports.files import ExportFile

_DEADLINE_SECONDS: Final = 120.0
_TRIES: Final = 4
_FIRST_PAUSE_SECONDS: Final = 1.0
_MAX_ANSWER_BYTES: Final = 1000


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the receiving side asks for. known_hosts: file with the host keys of SFTP servers, needed there."""

    key_file: Path | None = None
    known_hosts: Path | None = None
    password: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was delivered. is_new: False when the very same file was there already; answer: of the receiver, cut."""

    file: str
    place: str
    sha256: str
    bytes: int
    is_new: bool
    answer: str = ""


Sleep = Callable[[float], Awaitable[None]]


async def deliver(file: ExportFile, target: str, secrets: Secrets, *, sleep: Sleep = asyncio.sleep) -> Receipt:
    """target: a folder, `sftp://user@host[:port]/folder` or `https://host/path/` (the name is put behind).

    Tries four times, then raises DeliveryFailed; ExportRefused when another file of that name is there, the receiver
    refuses for good, or the target is of another kind.
    """
    scheme, is_address, _ = target.partition("://")
    send = _ADDRESSES.get(scheme.lower()) if is_address else _folder
    if send is None:
        raise ExportRefused(f"{target}: neither a folder nor an address with sftp:// or https://")
    pause = _FIRST_PAUSE_SECONDS
    for attempt in range(1, _TRIES + 1):
        try:
            async with asyncio.timeout(_DEADLINE_SECONDS):
                return await send(file, target, secrets)
        except (DeliveryFailed, TimeoutError) as error:
            if attempt == _TRIES:
                why = "no answer in time" if isinstance(error, TimeoutError) else str(error)
                raise DeliveryFailed(f"{target} did not take {file.name}: {why}") from error
            await sleep(pause)
            pause *= 2
    raise AssertionError  # the loop returns or raises


async def _folder(file: ExportFile, target: str, secrets: Secrets) -> Receipt:
    return await asyncio.to_thread(_into_folder, file, Path(target))


def _into_folder(file: ExportFile, folder: Path) -> Receipt:
    place = folder / file.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if place.exists():
            _require_same(file, place.read_bytes(), str(place))
            return _receipt(file, str(place), is_new=False)
        beside = folder / f".{file.name}.{file.sha256[:8]}.part"
        with beside.open("wb") as part:
            part.write(file.content)
            part.flush()
            os.fsync(part.fileno())
        beside.rename(place)
    except OSError as error:
        raise DeliveryFailed(f"{place}: {error.strerror}") from error
    return _receipt(file, str(place), is_new=True)


async def _sftp(file: ExportFile, target: str, secrets: Secrets) -> Receipt:
    url = urlsplit(target)
    if secrets.known_hosts is None:
        raise ExportRefused("an SFTP server is only spoken to when its host key is known: give a known_hosts file")
    place = f"{unquote(url.path).rstrip('/')}/{file.name}"
    try:
        async with (
            asyncssh.connect(
                url.hostname or "",
                url.port or 22,
                username=unquote(url.username or ""),
                password=secrets.password or None,
                client_keys=[str(secrets.key_file)] if secrets.key_file else None,
                known_hosts=str(secrets.known_hosts),
                config=None,
                agent_path=None,
            ) as connection,
            connection.start_sftp_client() as client,
        ):
            if await client.exists(place):
                async with client.open(place, "rb") as there:
                    _require_same(file, await there.read(), target)
                return _receipt(file, f"{target.rstrip('/')}/{file.name}", is_new=False)
            beside = f"{place}.{file.sha256[:8]}.part"
            async with client.open(beside, "wb") as part:
                await part.write(file.content)
            await client.rename(beside, place)
    except (asyncssh.PermissionDenied, asyncssh.HostKeyNotVerifiable, asyncssh.KeyImportError) as error:
        raise ExportRefused(f"{url.hostname}: {error}") from error
    except asyncssh.SFTPPermissionDenied as error:
        raise ExportRefused(f"{target}: {error.reason}") from error
    except (asyncssh.Error, OSError) as error:
        raise DeliveryFailed(f"{url.hostname}: {error}") from error
    return _receipt(file, f"{target.rstrip('/')}/{file.name}", is_new=True)


async def _https(file: ExportFile, target: str, secrets: Secrets) -> Receipt:
    url = urlsplit(target)
    if url.scheme != "https" and url.hostname not in ("127.0.0.1", "localhost"):
        raise ExportRefused(f"{target}: hours are people's data; only https is spoken to other machines")
    place = f"{target.rstrip('/')}/{file.name}"
    digest = base64.b64encode(hashlib.sha256(file.content).digest()).decode()
    headers = {
        "Content-Type": "text/csv; charset=utf-8",
        "Idempotency-Key": file.sha256,
        "Content-Digest": f"sha-256=:{digest}:",
    }
    if secrets.token:
        headers["Authorization"] = f"Bearer {secrets.token}"
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.put(place, data=file.content, headers=headers, allow_redirects=False) as response,
        ):
            answer = (await response.content.read(_MAX_ANSWER_BYTES)).decode("utf-8", "replace")
            status = response.status
    except (aiohttp.ClientError, OSError) as error:
        raise DeliveryFailed(f"{url.hostname}: {error}") from error
    if status in (408, 425, 429) or status >= 500:
        raise DeliveryFailed(f"{url.hostname} answered {status}")
    if not 200 <= status < 300:
        raise ExportRefused(f"{place} answered {status}: {answer[:200]}")
    return _receipt(file, place, is_new=status != 208, answer=answer)


def _require_same(file: ExportFile, there: bytes, where: str) -> None:
    if hashlib.sha256(there).hexdigest() != file.sha256:
        raise ExportRefused(
            f"{where}: another {file.name} is there already ({len(there)} bytes). What was delivered is never "
            "replaced: find out whose it is, and move it away"
        )


def _receipt(file: ExportFile, place: str, *, is_new: bool, answer: str = "") -> Receipt:
    return Receipt(file.name, place, file.sha256, len(file.content), is_new, answer)


_ADDRESSES: Final = {"sftp": _sftp, "https": _https, "http": _https}  # http is refused with the reason
