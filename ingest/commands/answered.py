"""What a device said to a command, as the record `answered`. Source: errata Z2, Z14; spec/zk-push.md D8, D10, D18."""

from __future__ import annotations

from typing import Final

from runtime.producer import RecordPosition
from schemas.commands import CommandEvent, CommandOutcome, CommandStep
from wire.zkpush.commands import CATALOGUE, Answer, redact_line
from wire.zkpush.commands.results import GENERAL, read_code
from wire.zkpush.options import is_secret_option
from wire.zkpush.results import CommandResult
from wire.zkpush.rows import is_secret_field

_MAX_CHARACTERS: Final = 1000
_HIDDEN: Final = "(hidden)"
_KEPT_SEALED: Final = (Answer.FILE, Answer.SHELL)


def answered(requested: CommandEvent, result: CommandResult, *, at: int, by: str, raw: RecordPosition) -> CommandEvent:
    """Read by the command's own result table. `raw` is where the body lies in raw.results, sealed.

    What files and shells put out is only pointed at; of other answers a short text without secrets is copied.
    """
    entry = CATALOGUE.get(requested.name)
    outcome = read_code(entry.results if entry else GENERAL, result.return_code)
    place = f"raw.results/{raw.partition}/{raw.offset}"
    sealed = result.content is not None or (entry is not None and entry.answer in _KEPT_SEALED)
    return CommandEvent(
        step=CommandStep.ANSWERED,
        tenant=requested.tenant,
        device=requested.device,
        site=requested.site,
        command_id=requested.command_id,
        at=at,
        by=by,
        outcome=CommandOutcome(outcome.word),
        return_code=result.return_code,
        meaning=outcome.meaning,
        answer="" if sealed else short_text(result),
        stored=place if sealed else "",
        request_id=place,
    )


def short_text(result: CommandResult) -> str:
    """For people: what came beside the code, secrets hidden, at most 1,000 characters."""
    pieces = [redact_line(result.return_text)] if result.return_code is None and result.return_text else []
    for name, value in (*result.fields.items(), *result.options.items()):
        secret = is_secret_option(name) or is_secret_field(name)
        pieces.append(f"{name}={_HIDDEN if secret else redact_line(value)}")
    text = ", ".join(pieces).replace("\0", "")
    return text if len(text) <= _MAX_CHARACTERS else text[: _MAX_CHARACTERS - 1] + "…"
