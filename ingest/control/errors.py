"""What an operator's request can end with. Each message is one sentence for people and holds no secret."""

from __future__ import annotations

from typing import ClassVar


class ControlFault(Exception):
    """Root of this package's errors. status, code: as the control API answers it."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"


class Poison(ControlFault):
    """Asking again in the same way gives the same."""


class Retriable(ControlFault):
    """The same request may work later."""


class ControlRefused(Poison):
    """It cannot be done as things are; nothing was changed."""

    status = 409
    code = "refused"


class HashDiffers(ControlRefused):
    """Payroll computed another hash of a locked pay period than its manifest has: the run must stop."""

    code = "hash_differs"


class RequestInvalid(Poison):
    """The request itself makes no sense: a field is missing, unknown or of the wrong form."""

    status = 400
    code = "invalid"


class Unauthorized(Poison):
    """No token, or none that is known."""

    status = 401
    code = "unauthorized"


class Forbidden(Poison):
    """The role does not allow it."""

    status = 403
    code = "forbidden"


class NotThere(Poison):
    """There is no such thing, or it is none of this caller's."""

    status = 404
    code = "not_found"


class TooOften(Retriable):
    """More requests than one caller may make."""

    status = 429
    code = "too_often"


class NotNow(Retriable):
    """A part that is needed does not answer, or not in time: look whether it is done before asking again."""

    status = 503
    code = "not_now"
