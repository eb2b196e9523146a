"""Who calls an endpoint (a reader, a command, nobody but the client), and the tests of these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cli.protocol_coverage.row import Status, unit
from wire.akuvox.functions import FUNCTIONS
from wire.biotime.endpoints import ENDPOINTS
from wire.source_catalogue import SOURCE_COMMANDS
from wire.source_commands import Vendor

CLIENT_ONLY: Final = "client only"
_COMMANDS: Final = {(command.vendor, command.method): command.name for command in SOURCE_COMMANDS.values()}


def _uses(vendor: Vendor, method: str, used_by: str) -> str:
    """The command whose method it is; else what the client's catalogue says: a reader, a login, nobody."""
    command = _COMMANDS.get((vendor, method))
    return f"command {command}" if command else used_by


BIOTIME_USES: Final[Mapping[str, str]] = {
    endpoint.name: _uses("biotime", endpoint.client_method, endpoint.used_by) for endpoint in ENDPOINTS
}
AKUVOX_USES: Final[Mapping[str, str]] = {
    function.name: _uses("akuvox", function.method, function.used_by) for function in FUNCTIONS
}

# The beginning of what `used_by` says, to tests; the first that fits.
_TESTS: Final[Mapping[str, tuple[str, ...]]] = {
    "reader transactions": unit(
        "connectors/biotime/test_transactions::test_first_run_reads_all_that_is_there_and_then_what_arrives"
    ),
}


def status_of(uses: str) -> Status:
    return Status.CLIENT_ONLY if uses == CLIENT_ONLY else Status.DONE


def tests_of(uses: str) -> tuple[str, ...]:
    """Empty where the client's own tests are all that there is."""
    return next((tests for begin, tests in _TESTS.items() if uses.startswith(begin)), ())
