"""Key files: `<tenant>.<n>.key`, 64 hexadecimal digits, made whole or not at all, never changed afterwards.

A file's name without `.key` is the key's id, which goes with everything that the key sealed. Operation: docs/keys.md.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from runtime.errors import SettingsError
from runtime.sealing import KEY_BYTES, Sealer, random_key

# Tenants as the registry has them, less those that begin with a dot: files that do are drafts.
_TENANT: Final = re.compile(r"(?!\.)[A-Za-z0-9._-]{1,64}")
_FILE: Final = re.compile(rf"({_TENANT.pattern})\.([1-9][0-9]{{0,8}})\.key")
_OTHERS: Final = 0o007

# Keys with the time of their file's last change (ns): equal listings have equal keys.
Listing = frozenset[tuple["KeyId", int]]


@dataclass(frozen=True, slots=True, order=True)
class KeyId:
    """One key of a tenant; written `<tenant>.<n>`."""

    tenant: str
    number: int

    def __str__(self) -> str:
        return f"{self.tenant}.{self.number}"


def new_key(folder: Path, tenant: str) -> KeyId:
    """The first key of a tenant. Raises SettingsError: it has one, the name cannot be one, the folder is read-only."""
    present = _numbers(folder, tenant)
    if present:
        raise SettingsError(
            f"tenant {tenant!r} has key {tenant}.{max(present)} in {folder} already; `punchstream keys rotate --tenant "
            f"{tenant}` makes the next one"
        )
    return _make(folder, KeyId(tenant, 1))


def rotate_key(folder: Path, tenant: str) -> KeyId:
    """The next key of a tenant, which seals from now on. Raises SettingsError: it has none yet, or as `new_key`."""
    present = _numbers(folder, tenant)
    if not present:
        raise SettingsError(
            f"tenant {tenant!r} has no key in {folder}; `punchstream keys new --tenant {tenant}` makes the first one"
        )
    return _make(folder, KeyId(tenant, max(present) + 1))


def _make(folder: Path, key_id: KeyId) -> KeyId:
    """Whole or not at all, and never over another: written under a name that no ring reads, then linked to its own."""
    file = folder / f"{key_id}.key"
    draft = folder / f".{key_id}.{secrets.token_hex(4)}"
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(random_key().hex() + "\n")
            opened.flush()
            os.fsync(opened.fileno())
        try:
            os.link(draft, file)
        finally:
            draft.unlink()
        sync_folder(folder)
    except OSError as error:
        raise SettingsError(f"cannot make the key {file}: {error.strerror}") from None
    return key_id


def sync_folder(folder: Path) -> None:
    """What was linked or removed in the folder stays so after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _numbers(folder: Path, tenant: str) -> list[int]:
    if not _TENANT.fullmatch(tenant):
        raise SettingsError(f"tenant {tenant[:80]!r} is not 1 to 64 letters, digits, '.', '_', '-', no dot first")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"cannot make the folder of keys {folder}: {error.strerror}") from None
    return [key_id.number for key_id, _ in list_keys(folder) if key_id.tenant == tenant]


def list_keys(folder: Path) -> Listing:
    """What is there; files of other names are nobody's keys. Raises SettingsError."""
    try:
        return frozenset(_scan(folder))
    except OSError as error:
        raise SettingsError(f"cannot read the folder of keys {folder}: {error.strerror}") from None


def read_key(folder: Path, key_id: KeyId) -> Sealer:
    """Raises SettingsError: it cannot be read, is no key, or others than owner and group may read it."""
    file = folder / f"{key_id}.key"
    try:
        if file.stat().st_mode & _OTHERS:
            raise SettingsError(f"others may read or change the key {file}: `chmod 600 {file}`")
        key = bytes.fromhex(file.read_text().strip())
    except OSError as error:
        raise SettingsError(f"cannot read the key {file}: {error.strerror}") from None
    except ValueError:
        raise SettingsError(f"the key {file} is not hexadecimal") from None
    if len(key) != KEY_BYTES:
        raise SettingsError(f"the key {file} has {len(key)} bytes, it must have {KEY_BYTES}")
    return Sealer(key, str(key_id))


def _scan(folder: Path) -> Iterator[tuple[KeyId, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if match := _FILE.fullmatch(entry.name):
                yield KeyId(match[1], int(match[2])), entry.stat().st_mtime_ns
