"""What can go wrong in the simulated fleet."""


class FleetError(Exception):
    """Base of all errors of the fleet."""


class FatalError(FleetError):
    """The fleet cannot start or go on: settings, ledger or machine are not fit. The message says what to do."""


class RetriableError(FleetError):
    """Trying again may help."""


class ExchangeError(RetriableError):
    """A request got no complete reply: refused, closed, timed out, or no HTTP."""


def require(good: bool, message: str) -> None:
    """Raise FatalError with the message unless good."""
    if not good:
        raise FatalError(f"simulate fleet: {message}")
