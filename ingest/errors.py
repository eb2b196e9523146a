"""Why a request is refused: one tree, a reason and a status each. Sources: DESIGN 2.1, 2.4, 8.

`Retriable`: the device keeps its records and sends again (503). `Poison`: the same request never works (4xx).
`Fatal` faults of this part end the process and are `runtime.errors.SettingsError` and its like.
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """A closed set: it is a metric label."""

    SERIAL_MISSING = "serial_missing"
    SERIAL_INVALID = "serial_invalid"
    DEVICE_UNKNOWN = "device_unknown"
    KEY_WRONG = "key_wrong"
    NOT_FOUND = "not_found"
    METHOD = "method"
    BODY_TOO_LARGE = "body_too_large"
    BODY_TOO_SLOW = "body_too_slow"
    BODY_TRUNCATED = "body_truncated"
    BODY_UNDECODABLE = "body_undecodable"
    BUDGET_FULL = "budget_full"
    SEAL_KEY_MISSING = "seal_key_missing"
    STORE_UNAVAILABLE = "store_unavailable"
    NOT_ACKNOWLEDGED = "not_acknowledged"
    CONNECTIONS_FULL = "connections_full"
    HEAD_TOO_SLOW = "head_too_slow"
    BAD_HTTP = "bad_http"
    ANSWERS_UNREAD = "answers_unread"
    INTERNAL_ERROR = "internal_error"


class Refused(Exception):
    """Root: the request is answered with `status` and `text`, a plain sentence that quotes nothing of the request."""

    status = 400

    def __init__(self, reason: Reason, text: str, *, status: int | None = None) -> None:
        super().__init__(text)
        self.reason = reason
        self.text = text
        if status is not None:
            self.status = status


class Poison(Refused):
    """Trying again gives the same."""

    status = 400


class Retriable(Refused):
    """Trying again later may work; the device still has its records."""

    status = 503
