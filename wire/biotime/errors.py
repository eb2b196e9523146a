"""Everything that `wire.biotime` raises."""

from enum import StrEnum


class BioTimeError(Exception):
    """Base of this package's errors."""


class RowUnreadable(BioTimeError):
    """One row of a page cannot be understood; the others can. `field` is what is wrong with it, never its value."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Fault(StrEnum):
    """What an answer is, when it is not what was asked for."""

    PAGE = "page"  # HTML, no JSON, a body that contradicts itself: a server that is starting, or a wrong path
    UNAUTHORISED = "unauthorised"  # 401
    FORBIDDEN = "forbidden"  # 403: no API licence, or no role
    ABSENT = "absent"  # 404 in JSON: the API answers that there is no such thing
    MISSING = "missing"  # 404 otherwise, 405: the API itself is not there
    REFUSED = "refused"  # 400 and its like: the request is wrong for this server
    BUSY = "busy"  # 429
    ERROR = "error"  # 5xx, a redirect, or JSON that says that it failed


class AnswerFault(BioTimeError):
    """A whole answer of which nothing may be taken. The message has no value of the request: it may hold secrets."""

    def __init__(self, fault: Fault, message: str) -> None:
        super().__init__(message)
        self.fault = fault
