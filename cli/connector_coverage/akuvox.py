"""The calls of Akuvox stations, by the document's table of functions."""

from __future__ import annotations

import re
from typing import Final

from cli.connector_coverage.uses import AKUVOX_USES, ours_of, status_of, tests_of
from cli.protocol_coverage.row import Direction, Row, unit
from wire.akuvox import functions
from wire.akuvox.commands import WITHOUT
from wire.akuvox.functions import Function, Kind

_CALLS: Final = "connectors/akuvox/test_calls::"
_ASKED: Final = unit(
    _CALLS + "test_target_is_that_of_the_chapter",
    _CALLS + "test_method_named_in_the_catalogue_is_the_one_that_makes_the_call",
)
_RULING = re.compile(r"\bA[1-4]\b")


def _row(function: Function) -> Row:
    uses = AKUVOX_USES[function.name]
    notes = ["dangerous"] if function.kind is Kind.DANGEROUS else []
    notes += ["sealed wherever it is kept"] if function.secret else []
    said = re.sub(r"\bA[1-4]\b(: |; |$)", "", function.errata).strip("; ")
    notes += [said] if said else []
    notes += [f"no command: {WITHOUT[function.name]}"] if function.name in WITHOUT else []
    return Row(
        function.chapter, f"{'/'.join(function.methods)} {function.path}",
        Direction.TO_SERVER if function.kind is Kind.READ else Direction.TO_DEVICE, status_of(uses),
        ours_of(function.method, uses), _ASKED + tests_of(uses),
        tuple(dict.fromkeys(_RULING.findall(function.errata))), "; ".join(notes), (function.name,),
    )  # fmt: skip


FUNCTIONS: Final = tuple(map(_row, functions.FUNCTIONS))
