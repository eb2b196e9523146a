"""Errors of the connectors: retriable (the same later), poison (one row, one command), fatal (the process must end).

`SourceTrouble` is what a server or station does to us: it never ends the process, and names the state that the source
is in because of it. Errors of Kafka are runtime.errors.
"""

from __future__ import annotations

from schemas.polled import SourceStatus


class ConnectorFault(Exception):
    """Root of this package's errors."""


class Retriable(ConnectorFault):
    """The same call may work later."""


class Poison(ConnectorFault):
    """This one input never works; others do."""


class Fatal(ConnectorFault):
    """The process must stop: somebody has to change something."""


class SourceTrouble(Retriable):
    """A source does not do what it should. retry_after_seconds: the least pause before anything else is asked of it;
    None leaves it to the usual back-off."""

    status: SourceStatus = SourceStatus.FAULT

    def __init__(self, message: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class Unreachable(SourceTrouble):
    """No connection, no answer in time, or one that broke off."""

    status = SourceStatus.UNREACHABLE


class ServerFault(SourceTrouble):
    """5xx, 429, HTML instead of JSON, a page that contradicts itself: nothing of it is taken, no cursor moves."""


class RouteMissing(ServerFault):
    """404, 405 or a web page where a call should be: this build lacks it, or what stands before a server that starts
    has no route yet. A reader with another way (an older report) takes it; without one it is a fault like the others.
    """


class RequestRefused(SourceTrouble):
    """400 and its like: our request is wrong for this server. That job stops; others go on."""


class AuthFailed(SourceTrouble):
    """The login was rejected, or a fresh login is not enough. Not tried again for 60 s and more: lockout."""

    status = SourceStatus.AUTH_FAILED


class MobileLoginRefused(SourceTrouble):
    """The mobile user was rejected. Other readers have another login: only what asks the mobile API pauses."""

    status = SourceStatus.AUTH_FAILED


class LicenceMissing(SourceTrouble):
    """403 where a token is good elsewhere: the server has no API licence, or the user no role."""

    status = SourceStatus.LICENCE_MISSING


class ApiBlocked(SourceTrouble):
    """403 without a challenge: the station's allow-list does not name this machine."""

    status = SourceStatus.API_BLOCKED


class DialectWeb(SourceTrouble):
    """308: this firmware serves its web pages only."""

    status = SourceStatus.DIALECT_WEB


class WrongStation(SourceTrouble):
    """Another MAC answers at the address: nothing is read until somebody has looked."""

    status = SourceStatus.WRONG_STATION


class NeedsEpoch(SourceTrouble):
    """The row ids of a server began anew: nothing is read until an operator begins a new epoch."""

    status = SourceStatus.NEEDS_EPOCH


class NotSupported(ConnectorFault):
    """This model or build does not have the call: remembered, not tried again (a capability, not a failure)."""


class NotAllowed(Poison):
    """A call that can destroy something, and that no setting names (`connectors.allow`)."""


class OutcomeUnknown(Poison):
    """A write was sent and no answer came: whether it was done must be read back, never sent again blindly."""
