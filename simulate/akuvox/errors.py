"""What can go wrong in the simulated stations."""


class StationsError(Exception):
    """Base of all errors of the simulated stations."""


class FatalError(StationsError):
    """The stations cannot start or go on: settings, ledger or machine are not fit. The message says what to do."""


class RefusedCall(StationsError):
    """A station does not do what a call asks for: the retcode and the message of its answer."""

    def __init__(self, retcode: int, message: str) -> None:
        super().__init__(message)
        self.retcode = retcode
        self.message = message


def require(good: bool, message: str) -> None:
    """Raise FatalError with the message unless good."""
    if not good:
        raise FatalError(f"simulate akuvox: {message}")
