"""Acts on the station itself: relays, settings, firmware, calls, restart. What opens or calls is sent once, whatever
becomes of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from connectors.akuvox.acts.items import compare, row_of
from connectors.akuvox.acts.lists import content_of, details_of
from connectors.akuvox.client import AkuvoxClient
from connectors.execution import Act, Again, Finding
from connectors.source import Json
from wire.akuvox.rows import WriteResult

# The next claim comes after two minutes, the one after it after four.
RESTARTED_SECONDS: Final = 600.0
_LEVEL: Final = "Config.Settings.LOGLEVEL.Level"

Call = Callable[..., Awaitable[WriteResult]]


def once(call: Callable[[AkuvoxClient], Call], client: AkuvoxClient, arguments: Json) -> Act:
    """A call that takes its arguments under their own names and cannot be read back."""

    async def send() -> Json:
        return details_of(await call(client)(**arguments))

    return Act(send)


def with_file(call: Callable[[AkuvoxClient], Call], client: AkuvoxClient, arguments: Json) -> Act:
    content = content_of(arguments)
    more = {name: value for name, value in arguments.items() if name != "content"}

    async def send() -> Json:
        return details_of(await call(client)(content, **more))

    return Act(send)


def settings(call: Callable[[AkuvoxClient], Call], client: AkuvoxClient, arguments: Json) -> Act:
    values = {name: str(value) for name, value in arguments["values"].items()}

    async def send() -> Json:
        return details_of(await call(client)(values))

    return Act(send, lambda: _compared(client, values))


def set_log(client: AkuvoxClient, arguments: Json) -> Act:
    async def send() -> Json:
        return details_of(await client.set_log(arguments["level"]))

    async def read_back() -> Finding:
        return compare(row_of(await client.log_settings()), {_LEVEL: str(arguments["level"])})

    return Act(send, read_back)


def reboot(client: AkuvoxClient, arguments: Json) -> Act:
    """A station that runs for less than before has restarted; while it does not answer nobody knows."""
    before: float | None = None

    async def send() -> Json:
        nonlocal before
        before = (await client.system_status()).up_time
        return details_of(await client.reboot())

    async def read_back() -> Finding:
        now = (await client.system_status()).up_time
        if now is None:
            return Finding.CANNOT_TELL
        if before is not None:
            return Finding.DONE if now < before else Finding.CANNOT_TELL
        return Finding.DONE if now < RESTARTED_SECONDS else Finding.NOT_DONE

    return Act(send, read_back, Again.NEVER)


async def _compared(client: AkuvoxClient, values: Mapping[str, str]) -> Finding:
    return compare(row_of(await client.config(items=list(values))), dict(values))
