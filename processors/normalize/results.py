"""raw.results: answers to commands as `device.input` records; file and shell output stays in the sealed raw record.

Sources: document 2.4.5; spec/zk-push.md D7 to D15; errata Z8. The life of the command itself is the edge's
(`commands`).
"""

from __future__ import annotations

from collections.abc import Iterator

from processors.normalize.context import Context
from processors.normalize.devices import options_input
from processors.normalize.failures import dead_row
from processors.normalize.inputs import device_input
from processors.normalize.published import is_publishable
from processors.normalize.records import DeadRow, Derived, OnFailure, Piece
from schemas.deadletters import Reason
from schemas.devices import InputKind
from wire.zkpush.results import CommandResult, parse_results

_PIECE_RESULTS = 200
_MAX_WORD = 64


def convert_results(context: Context, on_failure: OnFailure) -> Iterator[Piece]:
    """The results of one body, in their order."""
    batch = parse_results(context.upload.body)
    yield Piece(
        dead=[DeadRow(Reason(error.reason.value), error.line, error.raw, error.detail) for error in batch.errors]
    )
    for start in range(0, len(batch.results), _PIECE_RESULTS):
        piece = Piece()
        for result in batch.results[start : start + _PIECE_RESULTS]:
            try:
                piece.events += _events(context, result)
            except Exception as failure:  # noqa: BLE001 - promise 4: one row's failure must not stop the others
                piece.dead.append(dead_row(failure, result.line, result.raw, on_failure))
        yield piece


def _events(context: Context, result: CommandResult) -> list[Derived]:
    """The result, with the device's own count for VERIFY SUM; and the options that an INFO answer lists."""
    count = result.attlog_count
    code = result.return_code
    word = result.command_word[:_MAX_WORD]
    rows = count if count is not None else code
    events = [
        device_input(
            context,
            InputKind.RESULT,
            # Only its first words: what a device repeats of a command may hold what the command held.
            word=word if "=" not in word and "\t" not in word and is_publishable(word) else word.split(" ", 1)[0][:16],
            rows=max(0, rows or 0),
            options={"id": result.id, "return": "" if code is None else str(code)},
        )
    ]
    if result.options:
        events.append(options_input(context, result.options))
    return events
