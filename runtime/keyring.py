"""The tenants' keys: of a tenant's files the one with the greatest number seals, all open. Source: DESIGN 2.7."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from runtime.errors import KeyMissing, SettingsError
from runtime.key_files import KeyId, Listing, list_keys, read_key
from runtime.sealing import Sealer
from runtime.sections import KeySettings

log = logging.getLogger(__name__)

DEFAULT_TENANT: Final = "default"
_CHECK_SECONDS: Final = 2.0


class KeyRing:
    """The keys of one folder, read again when its list of files changes: looked at every `check_seconds` at most.

    A folder that became unreadable, or got a file that is no key, is logged, and the keys from before stay in use.
    """

    def __init__(self, folder: Path, *, clock: Callable[[], float], check_seconds: float) -> None:
        self._folder = folder
        self._clock = clock
        self._check_seconds = check_seconds
        self._checked_at = clock()
        self._listing: Listing = frozenset()
        self._by_id: dict[str, Sealer] = {}
        self._newest: dict[str, KeyId] = {}
        self._complaint = ""
        self._read()

    @classmethod
    def load(
        cls, folder: Path, *, clock: Callable[[], float] = time.monotonic, check_seconds: float = _CHECK_SECONDS
    ) -> KeyRing:
        """Raises SettingsError: the folder cannot be read, or a key in it is none, or others may read it."""
        return cls(folder, clock=clock, check_seconds=check_seconds)

    def sealer(self, tenant: str) -> Sealer:
        """The key that seals for `tenant`. Raises KeyMissing."""
        self._look_again()
        newest = self._newest.get(tenant or DEFAULT_TENANT)
        if newest is None:
            name = tenant or DEFAULT_TENANT
            raise KeyMissing(
                f"tenant {name!r} has no key in {self._folder} (a file {name}.1.key): make one with "
                f"`punchstream keys new --tenant {name}`"
            )
        return self._by_id[str(newest)]

    def opener(self, key_id: str) -> Sealer:
        """The key that something was sealed with. Raises KeyMissing."""
        self._look_again()
        sealer = self._by_id.get(key_id)
        if sealer is None:
            raise KeyMissing(
                f"key {key_id!r} is not in {self._folder}: bring the file {key_id}.key back from its copy, or from the "
                "machine that made it"
            )
        return sealer

    def ids(self) -> list[KeyId]:
        """All keys, by tenant and number."""
        self._look_again()
        return sorted(key_id for key_id, _ in self._listing)

    def _look_again(self) -> None:
        now = self._clock()
        if now - self._checked_at < self._check_seconds:
            return
        self._checked_at = now
        try:
            self._read()
        except SettingsError as error:
            if str(error) != self._complaint:
                self._complaint = str(error)
                log.error("%s; going on with the %d keys from before", error, len(self._by_id))

    def _read(self) -> None:
        listing = list_keys(self._folder)
        if listing == self._listing:
            return
        key_ids = sorted(key_id for key_id, _ in listing)
        self._by_id = {str(key_id): read_key(self._folder, key_id) for key_id in key_ids}
        self._newest = {key_id.tenant: key_id for key_id in key_ids}
        self._listing = listing
        self._complaint = ""


def open_key_ring(settings: KeySettings) -> KeyRing:
    """The ring that the settings name. Raises SettingsError: without keys, secrets would travel as they come."""
    if settings.folder is None:
        raise SettingsError(
            "keys.folder is not set: bodies that may hold passwords, templates or pictures are sealed with the keys in "
            "it. Set keys.folder and make a key with `punchstream keys new --tenant TENANT`"
        )
    ring = KeyRing.load(settings.folder)
    if not ring.ids():
        raise SettingsError(
            f"there is no key in {settings.folder} (keys.folder): make one with `punchstream keys new --tenant TENANT`"
        )
    return ring
