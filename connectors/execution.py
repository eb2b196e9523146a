"""How a command to a source is carried out, whatever it is: once, and where nobody knows, by reading back first.

| what is known | what is done |
|---|---|
| first claim | sent |
| no answer came | read back at once: done; surely not done: sent again where that harms nothing; else the next claim |
| a later claim | read back first: done; or surely not done, and sent; or told as unknown |
| it cannot be read back | sent with the first claim alone; a later one tells that nobody knows |

Source: spec/connectors.md (e) rank 5: no retry of an unknown outcome.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from connectors.errors import NotAllowed, NotSupported, OutcomeUnknown, RequestRefused, SourceTrouble
from connectors.source import Done, Json, Order
from wire.source_commands import SourceCommand, SourceCommandInvalid, checked


class Finding(Enum):
    """What reading back says of a command whose outcome is unknown."""

    DONE = "done"
    NOT_DONE = "not done"
    CANNOT_TELL = "cannot tell"


class Again(Enum):
    """When a command that was surely not done may be sent once more.

    LATER: its first sending may still be under way in the server, so only the next claim, minutes later, sends it.
    """

    AT_ONCE = "at once"
    LATER = "later"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Act:
    """One command as calls of a client, its arguments filled in.

    send: gives the details of the answer, no secrets; raises Refused for a definite no, and what a write of a client
    raises. read_back: None where nothing can be read; raises SourceTrouble.
    """

    send: Callable[[], Awaitable[Json]]
    read_back: Callable[[], Awaitable[Finding]] | None = None
    again: Again = Again.AT_ONCE


class Refused(Exception):
    """The source, or what is there, says no: the message is the outcome."""


_CANNOT: Final = "unknown whether it was done: {why}; it is not sent again"


def prepared(vendor: str, catalogue: Mapping[str, SourceCommand], allow: Collection[str], order: Order) -> Json:
    """The arguments of an order to a source of this vendor, in their types. Raises NotAllowed, Refused."""
    command = catalogue.get(order.name)
    if command is None or command.vendor != vendor:
        raise NotAllowed(f"{order.name[:60]} is not a command of {vendor} sources")
    if command.effect == "dangerous" and command.name not in allow:
        raise NotAllowed(
            f"{command.name} can destroy something: the worker's setting connectors.allow does not name it"
        )
    try:
        return checked(command, order.arguments)
    except SourceCommandInvalid as error:
        raise Refused(str(error)) from None


async def carry_out(command: SourceCommand, order: Order, act: Act) -> Done:
    """Raises OutcomeUnknown: the next claim reads back; SourceTrouble, NotSupported: it was surely not done."""
    if act.read_back is None:
        return await _once(order, act)
    last = order.attempt >= command.max_sends
    if order.attempt > 1:
        found = await _found(act.read_back, last)
        if found is Finding.DONE:
            return Done(True, f"was done already: {command.read_back}")
        if found is Finding.CANNOT_TELL:
            return _left(last, "an earlier claim may have sent it, and reading back does not tell")
        if act.again is Again.NEVER:
            return Done(False, "an earlier claim may have sent it, and it is not done; ask for it anew")
    return await _sent(act, act.read_back, last, resend=act.again is Again.AT_ONCE)


async def _once(order: Order, act: Act) -> Done:
    """What cannot be read back is sent once, and now or never: nobody wants a door opened minutes later."""
    if order.attempt > 1:
        return Done(False, _CANNOT.format(why="an earlier worker may have sent it"))
    try:
        return Done(True, "done", await act.send())
    except (Refused, RequestRefused) as error:
        return Done(False, str(error))
    except OutcomeUnknown as error:
        return Done(False, _CANNOT.format(why=error))
    except SourceTrouble as error:
        return Done(False, f"not sent: {error}")


async def _sent(act: Act, read_back: Callable[[], Awaitable[Finding]], last: bool, *, resend: bool) -> Done:
    try:
        return Done(True, "done", await act.send())
    except (Refused, RequestRefused) as error:
        return Done(False, str(error))
    except OutcomeUnknown as error:
        unknown = str(error)
    except SourceTrouble as error:
        if last or act.again is Again.NEVER:  # nobody will, or of no use later
            return Done(False, f"not sent: {error}")
        raise
    found = await _found(read_back, quiet=True)
    if found is Finding.NOT_DONE and resend:
        try:
            return Done(True, "done with the second sending; the first one was not done", await act.send())
        except (Refused, RequestRefused) as error:
            # The first sending may have been done meanwhile, and the second be refused because of it.
            if await _found(read_back, quiet=True) is not Finding.DONE:
                return Done(False, str(error))
            found = Finding.DONE
        except OutcomeUnknown as error:
            unknown = str(error)
            found = await _found(read_back, quiet=True)
        except SourceTrouble as error:
            # Raised on, it would stand for "surely not done", which is not known of the first sending.
            return _left(last, f"{unknown}; and then {error}")
    if found is Finding.DONE:
        return Done(True, "done: no answer came, it was read back")
    return _left(last, unknown)


async def _found(read_back: Callable[[], Awaitable[Finding]], quiet: bool) -> Finding:
    """quiet: a source that does not answer now tells nothing; else its trouble is raised and the claim comes again."""
    try:
        return await read_back()
    except (NotSupported, Refused):
        return Finding.CANNOT_TELL
    except SourceTrouble:
        if not quiet:
            raise
        return Finding.CANNOT_TELL


def _left(last: bool, why: str) -> Done:
    if last:
        return Done(False, _CANNOT.format(why=why))
    raise OutcomeUnknown(why)
