"""Everything that wire.akuvox raises. No message carries a value that could be a code, a name or a password."""


class AkuvoxError(Exception):
    """Base of this package's errors."""


class Poison(AkuvoxError):
    """The input can never be understood; trying again gives the same."""


class AnswerUnreadable(Poison):
    """An answer that is no envelope, or whose list contradicts itself: nothing of it may be taken."""


class RowUnreadable(Poison):
    """One row of a list; the others are good."""


class CallInvalid(Poison, ValueError):
    """Arguments that must not be sent to a station: the message names the argument and the rule."""
