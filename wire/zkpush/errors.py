"""Everything that `wire.zkpush` raises.

Row-level trouble is never raised: `attlog.parse_attlog` returns it beside the good rows.
"""


class ZkPushError(Exception):
    """Base of this package's errors."""


class Poison(ZkPushError):
    """The input can never be understood; trying again gives the same."""


class Fatal(ZkPushError):
    """A setting is wrong; somebody must change it before the part can go on."""


class RequestRefused(Poison):
    """A request that must not reach the HTTP parser: answer with `status` and close the connection.

    `before` holds the repaired bytes of good requests that came ahead of it in the same segment.
    """

    status = 400

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.before = b""


class HeadTooLarge(RequestRefused):
    """Request line and headers together pass the limit."""

    status = 431


class LengthRequired(RequestRefused):
    """A POST, PUT or PATCH that says neither Content-Length nor Transfer-Encoding.

    A parser reads such a request as empty, so its rows would be acknowledged and lost (spec/zk-push.md 3).
    """

    status = 411


class OptionsInvalid(Fatal, ValueError):
    """Handshake options that a device would misread; the message names the option and the rule."""


class CommandInvalid(Poison):
    """A command that must not be sent to a device: the message names parameter, rule and what to do, never a secret."""


class SessionSecretInvalid(Fatal, ValueError):
    """The secret that registration codes are derived from is too short; the message says how long it must be."""


class LookupInvalid(Poison, ValueError):
    """An answer that must not be shown to a waiting person: the message names field and rule, never the value."""
