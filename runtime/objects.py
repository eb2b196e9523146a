"""The one interface of object stores: whole objects under names, written at once or not at all. Source: DESIGN 2.7.

Names are 1 to 8 segments with `/` between, each of letters, digits, `.`, `_`, `-`, none beginning with a dot.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Final, Protocol

from runtime.errors import NameRefused, SettingsError
from runtime.sealing import Buffer
from runtime.sections import StoreSettings

_SEGMENT: Final = r"(?!\.)[A-Za-z0-9._-]{1,128}"
_NAME: Final = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT}){{0,7}}")


class ObjectStore(Protocol):
    """Every method raises StoreUnavailable (at the latest at the store's deadline; whether it was done is then unknown,
    so do it again), StoreRefused, and NameRefused. What a method has returned is durable and visible to every process.
    """

    async def put_if_absent(self, name: str, data: Buffer) -> bool:
        """False when something has this name: it stays as it is. Of several at once exactly one gets True."""
        ...

    async def get(self, name: str) -> bytes:
        """Raises ObjectMissing."""
        ...

    async def replace(self, name: str, old: bytes, new: Buffer) -> bool:
        """Compare and swap: False when the object is not `old` any more, or not there; it is never made."""
        ...

    async def delete(self, name: str) -> bool:
        """False when it was not there."""
        ...

    async def exists(self, name: str) -> bool: ...

    def names(self, prefix: str) -> AsyncIterator[str]:
        """Names below `prefix` (whole segments; empty for all), read a page at a time. What comes or goes meanwhile
        may be among them or not.
        """
        ...


def checked(name: str) -> str:
    """The name itself. Raises NameRefused."""
    if not _NAME.fullmatch(name):
        raise NameRefused(f"{name[:200]!r} cannot be the name of an object")
    return name


async def open_store(settings: StoreSettings) -> ObjectStore:
    """The store that the settings name, tried out. Raises SettingsError, StoreUnavailable, StoreRefused."""
    if settings.kind == "s3":
        from runtime.objects_s3 import S3Objects

        remote = S3Objects(settings)
        await remote.verify()
        return remote
    from runtime.objects_local import LocalObjects

    if settings.folder is None:
        raise SettingsError(
            "store.folder is not set: photos and personal payloads are kept there (or set store.kind=s3)"
        )
    return LocalObjects(settings.folder, deadline_seconds=settings.deadline_seconds)
