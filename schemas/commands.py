"""The life of a command, as records of the append-only topic `commands` (DESIGN 4). The state is a fold in log order:
schemas/command_state.py.

Key: `<serial>+<command id>`; partition by serial. The command's own text, which may hold passwords and templates,
travels sealed in the header `text` of `requested` (key id in the header `sealed`), never in the value.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from schemas.events import EpochMs

COMMAND_VERSION: Final = 1
TEXT_HEADER = "text"
SEALED_HEADER = "sealed"


class CommandStep(StrEnum):
    """What a record says. A closed set."""

    REQUESTED = "requested"
    CLAIMED = "claimed"  # an edge wants to hand it to the device; the first valid claim in log order has it
    SENT = "sent"  # the answer that holds it was written
    ANSWERED = "answered"  # the device answered
    CONFIRMED = "confirmed"  # the device came back after it: what follows in a rollout may go
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class CommandOutcome(StrEnum):
    NONE = ""
    DONE = "done"
    FAILED = "failed"
    PENDING = "pending"  # -5000: taken, the final answer follows


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandEvent:
    """One step. Fields that a step does not use are empty."""

    v: Annotated[Literal[1], Field(description="version of this shape")] = COMMAND_VERSION
    step: Annotated[CommandStep, Field(description="what this says")]
    tenant: Annotated[str, Field(description="tenant")]
    device: Annotated[str, Field(description="serial in upper case, or the key of a polled source")]
    site: Annotated[str, Field(description="site then")] = ""
    command_id: Annotated[str, Field(pattern="^[0-9]{1,9}$", description="the id that the device sees (errata Z1)")]
    at: Annotated[EpochMs, Field(description="when, epoch ms")]
    by: Annotated[str, Field(description="who: `edge:<id>`, the name of a token, or the user of the command line")]
    name: Annotated[str, Field(description="requested: name in the command catalogue")] = ""
    summary: Annotated[str, Field(description="requested: the command without secrets")] = ""
    reason: Annotated[str, Field(description="why it was requested, cancelled or expired")] = ""
    expires_at: Annotated[EpochMs | None, Field(description="requested: not offered after this, epoch ms")] = None
    max_sends: Annotated[int, Field(ge=0, description="requested: how often it may be handed out")] = 0
    last: Annotated[bool, Field(description="requested: goes last in an answer (REBOOT, CLEAR, ...)")] = False
    batch: Annotated[str, Field(description="requested: id of the request that it is part of")] = ""
    wave: Annotated[int, Field(ge=0, description="requested: 0 at once or canary; n waits for all of n - 1")] = 0
    waits_for: Annotated[int, Field(ge=0, description="requested: how many of earlier waves must be confirmed")] = 0
    confirm: Annotated[bool, Field(description="requested: the device must come back after it")] = False
    outcome: Annotated[CommandOutcome, Field(description="answered: how it ended")] = CommandOutcome.NONE
    return_code: Annotated[int | None, Field(description="answered: the code as sent")] = None
    meaning: Annotated[str, Field(description="answered: the code in words, by the command's own table")] = ""
    answer: Annotated[str, Field(description="answered: short text of the answer, secrets removed")] = ""
    stored: Annotated[str, Field(description="answered: object in the sealed store with file or shell output")] = ""
    request_id: Annotated[
        str, Field(description="the device's request; requested of a polled source: its idempotency key")
    ] = ""
