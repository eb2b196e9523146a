"""What can go wrong in the simulated BioTime server."""

from typing import Any


class BioTimeError(Exception):
    """Base of all errors of the simulated server."""


class FatalError(BioTimeError):
    """The server cannot start or go on: settings, ledger or machine are not fit. The message says what to do."""


class Refused(BioTimeError):
    """A request that the server answers with an error. body: the JSON that says why."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(f"HTTP {status}: {body}")
        self.status = status
        self.body = body


def require(good: bool, message: str) -> None:
    """Raise FatalError with the message unless good."""
    if not good:
        raise FatalError(f"simulate biotime: {message}")


def not_found() -> Refused:
    """The answer for an object that is not there."""
    return Refused(404, {"detail": "Not found."})


def field_error(field: str, text: str) -> Refused:
    """The answer for a bad field."""
    return Refused(400, {field: [text]})
