"""The client of one Akuvox station: a typed method for every call of the document (wire.akuvox.functions).

Source: the document; spec/connectors.md A5, B-3 7, (d); errata A1 to A4.
"""

from __future__ import annotations

from typing import Self

from connectors.akuvox.device_calls import DeviceCalls
from connectors.akuvox.list_calls import ListCalls
from connectors.akuvox.log_calls import LogCalls


class AkuvoxClient(DeviceCalls, ListCalls, LogCalls):
    """One request at a time. Which calls are dangerous is in the catalogue; who may make them is the caller's to check.

    Every method raises of connectors.errors: Unreachable, ServerFault, AuthFailed, ApiBlocked, DialectWeb (nothing was
    done), RequestRefused (the station said no, or nothing was sent), NotSupported (remembered for this firmware), and a
    write OutcomeUnknown when no readable answer came: it is never sent again here.
    """

    async def open(self) -> None:
        """Before the first call; opens no connection. Raises runtime.errors.SettingsError for TLS that cannot be."""
        await self._transport.open()

    async def close(self) -> None:
        await self._transport.close()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
