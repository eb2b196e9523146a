"""Objects as files below one folder, for one machine or a file system that its processes share.

A file gets its name only when it is whole and on disk (written as a draft, synced, then linked or renamed), so nobody
sees a part of one, whenever the machine stops. Needs hard links and flock.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from runtime.errors import ObjectMissing, StoreRefused, StoreUnavailable
from runtime.key_files import sync_folder
from runtime.objects import checked
from runtime.sealing import Buffer

_PAGE: Final = 1000
_DRAFTS: Final = ".drafts"
_OLD_DRAFT_SECONDS: Final = 3600.0
_LOCK_RETRY_SECONDS: Final = 0.005
# A thread holds what it writes even when nobody waits for it any more: a disk that hangs must not gather ever more.
_CALLS_AT_ONCE: Final = 16
# What another try may get past; any other error of the system is for a person.
_PASSING: Final = frozenset(
    (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EINTR, errno.EAGAIN, errno.EMFILE, errno.ENFILE)
)

P = ParamSpec("P")
T = TypeVar("T")


class LocalObjects:
    """An ObjectStore. Each call works in a thread; at the deadline the caller is told, and the thread does no harm."""

    def __init__(self, folder: Path, *, deadline_seconds: float = 10.0) -> None:
        """Makes the folder where it is missing. Raises StoreRefused, StoreUnavailable."""
        self._folder = folder
        self._deadline_seconds = deadline_seconds
        self._calls = asyncio.Semaphore(_CALLS_AT_ONCE)
        try:
            (folder / _DRAFTS).mkdir(mode=0o700, parents=True, exist_ok=True)
            self._sweep()
        except OSError as error:
            raise self._translate(error) from None

    async def put_if_absent(self, name: str, data: Buffer) -> bool:
        return await self._in_thread(self._put, self._path(name), data)

    async def get(self, name: str) -> bytes:
        data = await self._in_thread(_read, self._path(name))
        if data is None:
            raise ObjectMissing(f"there is no object {name}")
        return data

    async def replace(self, name: str, old: bytes, new: Buffer) -> bool:
        return await self._in_thread(self._replace, self._path(name), old, new)

    async def delete(self, name: str) -> bool:
        return await self._in_thread(self._delete, self._path(name))

    async def exists(self, name: str) -> bool:
        return await self._in_thread(self._path(name).is_file)

    async def names(self, prefix: str) -> AsyncIterator[str]:
        found = self._walk(self._path(prefix) if prefix else self._folder)
        while page := await self._in_thread(lambda: list(islice(found, _PAGE))):
            for name in page:
                yield name

    def _path(self, name: str) -> Path:
        return self._folder / checked(name)

    def _put(self, path: Path, data: Buffer) -> bool:
        if path.exists():
            sync_folder(path.parent)  # who linked it may not have come to that yet
            return False
        self._make_folders(path.parent)
        with self._draft(data) as draft:
            try:
                os.link(draft, path)
            except FileExistsError:
                sync_folder(path.parent)
                return False
        sync_folder(path.parent)
        return True

    def _replace(self, path: Path, old: bytes, new: Buffer) -> bool:
        with self._draft(new) as draft, self._lock():
            if _read(path) != old:
                return False
            draft.rename(path)
            sync_folder(path.parent)
        return True

    def _delete(self, path: Path) -> bool:
        with self._lock():
            try:
                path.unlink()
            except FileNotFoundError:
                return False
            sync_folder(path.parent)
        return True

    @contextmanager
    def _draft(self, data: Buffer) -> Iterator[Path]:
        draft = self._folder / _DRAFTS / secrets.token_hex(8)
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                rest = memoryview(data)
                while rest:
                    rest = rest[os.write(descriptor, rest) :]
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            yield draft
        finally:
            draft.unlink(missing_ok=True)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Between what changes an object that is there; making one needs no lock, since a link never replaces."""
        deadline = time.monotonic() + self._deadline_seconds / 2  # so that who gives up here has surely done nothing
        descriptor = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise StoreUnavailable(f"another process holds the lock of {self._folder}") from None
                    time.sleep(_LOCK_RETRY_SECONDS)
            yield
        finally:
            os.close(descriptor)

    def _make_folders(self, folder: Path) -> None:
        if not folder.is_dir():
            self._make_folders(folder.parent)
            folder.mkdir(mode=0o700, exist_ok=True)
            sync_folder(folder.parent)

    def _walk(self, root: Path) -> Iterator[str]:
        """One folder's entries are in memory at a time."""
        for folder, below, files in os.walk(root, onerror=_raise_unless_gone):
            below[:] = sorted(name for name in below if not name.startswith("."))
            for file in sorted(files):
                if not file.startswith("."):
                    yield (Path(folder) / file).relative_to(self._folder).as_posix()

    def _sweep(self) -> None:
        """Drafts of processes that were killed."""
        oldest = time.time() - _OLD_DRAFT_SECONDS
        for draft in (self._folder / _DRAFTS).iterdir():
            try:
                if draft.stat().st_mtime < oldest:
                    draft.unlink()
            except FileNotFoundError:  # another process sweeps too
                continue

    async def _in_thread(self, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """Errors of the system become ours. A call counts until its thread is done with it."""
        try:
            async with asyncio.timeout(self._deadline_seconds):
                await self._calls.acquire()
                call = asyncio.ensure_future(asyncio.to_thread(work, *arguments, **named))
                call.add_done_callback(self._done)
                return await asyncio.shield(call)
        except TimeoutError:
            raise StoreUnavailable(f"{self._folder} did not answer within {self._deadline_seconds:g} s") from None
        except OSError as error:
            raise self._translate(error) from None

    def _done(self, call: asyncio.Future[T]) -> None:
        self._calls.release()
        if not call.cancelled():
            call.exception()  # whoever still waits gets it; else nobody does, and that is no fault

    def _translate(self, error: OSError) -> StoreUnavailable | StoreRefused:
        kind = StoreUnavailable if error.errno in _PASSING else StoreRefused
        return kind(f"the object store {self._folder} cannot be used: {error.strerror}")


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _raise_unless_gone(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error
