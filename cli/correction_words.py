"""What `corrections` and `approvals` share: reading options, and telling what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import typer

from cli.operator import plain, print_table, time_text
from cli.options import print_json

if TYPE_CHECKING:
    from pydantic import BaseModel

    from schemas.corrections import Correction

    ModelT = TypeVar("ModelT", bound=BaseModel)

Tenant = Annotated[str, typer.Option("--tenant", help="Else the setting ingest.default_tenant.")]

# As the standard state map of policies has them.
_STATES: Final = {"in": 0, "out": 1, "break-out": 2, "break-in": 3}


def state_code(text: str) -> int | None:
    if not text:
        return None
    code = _STATES.get(text.lower(), int(text) if text.isdecimal() else None)
    if code is None:
        raise typer.BadParameter(f"--state {text} is none of {', '.join(_STATES)} and no code")
    return code


def made(model: type[ModelT], **fields: Any) -> ModelT:
    """A request out of options; what cannot be is told as a wrong option."""
    from pydantic import ValidationError

    try:
        return model(**fields)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, problem["loc"]))
        raise typer.BadParameter(f"{where}: {problem['msg']}") from None


def names_of(file: Path | None) -> tuple[str, ...]:
    """A name a line; empty lines and those that begin with # do not count."""
    lines = file.read_text().splitlines() if file else ()
    return tuple(line.strip() for line in lines if line.strip() and not line.strip().startswith("#"))


def shown(corrections: Sequence[Correction], json: bool) -> None:
    from dataclasses import asdict

    from ingest.control.correction_states import decision_reason, words_of

    if json:
        print_json([asdict(one) for one in corrections])
        return
    rows = [
        (
            one.correction_id, one.employee, one.status.value, words_of(one), one.reason, one.requested_by,
            time_text(one.requested_at), one.decided_by, decision_reason(one),
        )
        for one in corrections
    ]  # fmt: skip
    heads = ("correction", "employee", "status", "what", "why", "asked by", "asked", "decided by", "because")
    print_table(heads, rows)
    print(f"{len(rows)} corrections")


def outcome(heads: Sequence[str], rows: Sequence[Sequence[object]], results: Sequence[Any], json: bool) -> None:
    """Ends with exit code 1 when any was refused; `results` have a field `refusal`."""
    refused = sum(bool(one.refusal) for one in results)
    if json:
        print_json(plain(results))
    else:
        print_table(heads, rows)
        print(f"{len(results) - refused} done, {refused} refused")
    if refused:
        raise typer.Exit(1)
