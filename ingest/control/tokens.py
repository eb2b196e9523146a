"""Who may use the control API: bearer tokens in a TOML file, of which only digests are kept.

    [tokens.payroll]
    sha256 = "<64 hexadecimal digits>"
    role = "read"            # read, operate, admin
    tenant = "acme"          # "*": all
    sites = ["berlin"]       # ["*"]: all

A token is 32 random bytes, so one round of SHA-256 is enough: there is nothing to guess. All digests are compared with
every request, in constant time. A changed file counts within a second; one that cannot be read lets nobody in.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import re
import secrets
import time
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ingest.control.caller import ALL, Role
from runtime.errors import SettingsError

log = logging.getLogger(__name__)

NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PREFIX: Final = "psc_"  # so that scanners for lost secrets can tell one
_CHECK_SECONDS: Final = 1.0
_Word = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9._-]{1,64}|\*)$")]


class Grant(BaseModel):
    """What a token may do."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    role: Role
    tenant: _Word
    sites: Annotated[tuple[_Word, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Token:
    name: str
    grant: Grant

    @property
    def sites(self) -> frozenset[str] | None:
        """None for all."""
        return None if ALL in self.grant.sites else frozenset(self.grant.sites)


def new_secret() -> str:
    return _PREFIX + secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def parse_tokens(text: str) -> dict[str, Grant]:
    """By name. Raises ValueError with what is wrong, never with a digest."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"not TOML: {error}") from None
    tokens = data.pop("tokens", {})
    if data or not isinstance(tokens, dict):
        raise ValueError("only tables [tokens.<name>] may stand in it")
    grants: dict[str, Grant] = {}
    for name, fields in tokens.items():
        if not NAME.fullmatch(name):
            raise ValueError(f"token name {name[:80]!r} is not made of 1 to 64 letters, digits, '.', '_', '-'")
        try:
            grants[name] = Grant.model_validate(fields)
        except ValidationError as error:
            problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
            where = ".".join(map(str, problem["loc"]))
            raise ValueError(f"token {name}: {where}: {problem['msg']}") from None
    return grants


def write_tokens(path: Path, grants: Mapping[str, Grant]) -> None:
    """Whole or not at all, readable by its owner alone. Raises SettingsError."""
    lines = ["# Tokens of the control API; made by `punchstream tokens new`.\n"]
    for name, grant in sorted(grants.items()):
        sites = ", ".join(f'"{site}"' for site in grant.sites)
        lines.append(
            f'\n[tokens."{name}"]\nsha256 = "{grant.sha256}"\nrole = "{grant.role}"\n'
            f'tenant = "{grant.tenant}"\nsites = [{sites}]\n'
        )
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.writelines(lines)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise SettingsError(f"control.tokens_file: cannot write {path}: {error.strerror}") from None


def read_tokens(path: Path) -> dict[str, Grant]:
    """Raises SettingsError naming the file and what is wrong with it."""
    try:
        return parse_tokens(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"control.tokens_file: cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise SettingsError(f"control.tokens_file: {path}: {error}") from None


class TokenFile:
    """`trouble` says why nobody is let in, empty while the file is good."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._seen: tuple[int, int, int] | None = None
        self._checked_at = 0.0
        self._tokens: tuple[Token, ...] = ()
        self.trouble = ""

    def load(self) -> None:
        """Raises SettingsError."""
        self._seen = self._stamp()
        self._tokens = tuple(Token(name, grant) for name, grant in read_tokens(self._path).items())
        self._checked_at = self._clock()
        self.trouble = ""

    def find(self, secret: str) -> Token | None:
        """Whose secret it is. Takes as long for a wrong one as for a right one."""
        self._refresh()
        presented = digest_of(secret).encode()
        found = None
        for token in self._tokens:
            if hmac.compare_digest(token.grant.sha256.encode(), presented):
                found = token
        return found

    def _refresh(self) -> None:
        now = self._clock()
        if now - self._checked_at < _CHECK_SECONDS:
            return
        self._checked_at = now
        if self._stamp() == self._seen and not self.trouble:
            return
        try:
            self.load()
        except SettingsError as error:
            if not self.trouble:
                log.error("%s; nobody is let in", error)
            self._tokens, self.trouble = (), str(error)

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino, status.st_size
