"""A site's own data for people at its clocks: one HTTP question with a deadline, no answer rather than a late one."""

from __future__ import annotations

import asyncio
import logging
from typing import Final, NamedTuple

import aiohttp
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from ingest.devices import Device
from ingest.metrics import HOOK_SECONDS, HOOKS, HookOutcome
from ingest.throttle import Throttle
from runtime.sections import LookupSettings
from wire.zkpush.lookups import SelfServiceStyle

log = logging.getLogger(__name__)

_MAX_ANSWER_BYTES: Final = 16 * 1024
_MAX_AT_ONCE: Final = 100


class HookAnswer(NamedTuple):
    """What the clock shows."""

    style: SelfServiceStyle
    text: str


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class _Reply:
    style: str
    text: str


_REPLY = TypeAdapter(_Reply)
_STYLES: Final = {"text": SelfServiceStyle.TEXT, "csv": SelfServiceStyle.CSV, "menu": SelfServiceStyle.MENU}


class Hook:
    """`ask` never raises: whatever goes wrong there is counted, logged, and None here."""

    def __init__(self, settings: LookupSettings) -> None:
        self._url = settings.hook_url
        self._deadline_seconds = settings.hook_deadline_seconds
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=settings.hook_deadline_seconds))
        self._at_once = 0
        self._quiet = Throttle()

    async def close(self) -> None:
        await self._session.close()

    async def ask(self, device: Device, pin: str, service: int) -> HookAnswer | None:
        """POST {"tenant", "site", "device", "pin", "service"}; 200 with {"style": "text"|"csv"|"menu", "text"} is an
        answer, 204 is none."""
        if self._at_once >= _MAX_AT_ONCE:
            HOOKS[HookOutcome.BUSY].inc()
            return None
        self._at_once += 1
        question = {
            "tenant": device.tenant, "site": device.period.site, "device": device.serial, "pin": pin,
            "service": service,
        }  # fmt: skip
        try:
            with HOOK_SECONDS.time():
                return await self._ask(question)
        except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError, ValueError, KeyError) as error:
            HOOKS[HookOutcome.FAILED].inc()
            if (kept_back := self._quiet.allow(type(error).__name__)) is not None:
                # Not the error's text: a reply that does not fit may hold somebody's data.
                log.warning("the self-service hook failed: %s; %d more like it", type(error).__name__, kept_back)
            return None
        finally:
            self._at_once -= 1

    async def _ask(self, question: dict[str, object]) -> HookAnswer | None:
        async with self._session.post(self._url, json=question, allow_redirects=False) as response:
            if response.status == 204:
                HOOKS[HookOutcome.NONE].inc()
                return None
            if response.status != 200:
                raise ValueError(f"status {response.status}")
            raw = await response.content.read(_MAX_ANSWER_BYTES + 1)
            if len(raw) > _MAX_ANSWER_BYTES:
                raise ValueError("the answer is too long")
        try:
            reply = _REPLY.validate_json(raw)
        except ValidationError:
            raise ValueError("the answer is not as agreed") from None
        HOOKS[HookOutcome.ANSWERED].inc()
        return HookAnswer(_STYLES[reply.style], reply.text)
