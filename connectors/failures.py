"""What a failed run means: for the state of the source, and for who pauses how long. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from connectors.errors import ApiBlocked, AuthFailed, DialectWeb, SourceTrouble, Unreachable, WrongStation
from connectors.metrics import RunResult
from runtime.errors import KeyMissing, SettingsError
from schemas.polled import SourceStatus

# Servers lock an account out that is tried too often (spec/connectors.md A4).
AUTH_SECONDS: Final = 60.0
# After these nothing else of the source would go better.
_WHOLE: Final = (Unreachable, AuthFailed, ApiBlocked, DialectWeb, WrongStation)


@dataclass(frozen=True, slots=True)
class Failure:
    """whole: the source pauses, not that job alone; least_seconds: for so long nothing at all is asked of it."""

    status: SourceStatus
    why: str
    whole: bool
    least_seconds: float
    result: RunResult


def failure_of(error: Exception) -> Failure:
    """Of anything that a run raised, errors of Kafka and fatal ones aside."""
    if isinstance(error, SourceTrouble):
        least = max(error.retry_after_seconds or 0.0, AUTH_SECONDS if isinstance(error, AuthFailed) else 0.0)
        return Failure(error.status, str(error), isinstance(error, _WHOLE), least, RunResult.TROUBLE)
    if isinstance(error, SettingsError):  # of this source: a password file, a certificate
        return Failure(SourceStatus.FAULT, str(error), True, AUTH_SECONDS, RunResult.TROUBLE)
    if isinstance(error, KeyMissing):  # of the tenant: that job cannot seal what it reads
        return Failure(SourceStatus.FAULT, str(error), False, 0.0, RunResult.TROUBLE)
    return Failure(SourceStatus.FAULT, f"unexpected: {type(error).__name__}", False, 0.0, RunResult.INTERNAL)
