"""What Prometheus learns about the connectors. Label sets are closed: vendors, tables and states are enums, jobs are
the readers' names; never a server, a station or a person."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from prometheus_client import Counter, Gauge, Histogram


class RunResult(StrEnum):
    """How a run of a job ended."""

    OK = "ok"
    TROUBLE = "trouble"  # the server or station is at fault
    UNSUPPORTED = "unsupported"  # this model or build does not have it
    KAFKA = "kafka"  # Kafka, a key: the same run again
    INTERNAL = "internal"  # our own code is at fault


class CommandEnd(StrEnum):
    """What became of a claimed command."""

    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"  # no answer: it goes again after its lease, and is read back first


VENDORS: Final = ("biotime", "akuvox")

SOURCES = Gauge("punchstream_connectors_sources", "sources that this worker polls, by state", ["vendor", "status"])
LAG_SECONDS = Gauge(
    "punchstream_connectors_lag_seconds", "the greatest age of what may not be read yet, of this worker", ["vendor"]
)
RUNS = Counter("punchstream_connectors_runs_total", "runs of jobs", ["vendor", "job", "result"])
RUN_SECONDS = Histogram(
    "punchstream_connectors_run_seconds",
    "how long a run of a job took, acknowledgements included",
    ["vendor", "job"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)
ROWS = Counter("punchstream_connectors_rows_total", "rows written to raw topics, acknowledged", ["vendor", "table"])
ERRORS = Counter("punchstream_connectors_errors_total", "failed runs, by the state they mean", ["vendor", "status"])
STATE_TRANSACTIONS = Counter("punchstream_connectors_state_transactions_total", "transactions of connectors.state")
STATE_PUTS = Counter("punchstream_connectors_state_puts_total", "puts of sources, which share transactions")
COMMANDS = Counter(
    "punchstream_connectors_commands_total", "claimed commands, by what became of them", ["vendor", "end"]
)
HINTS = Counter("punchstream_connectors_hints_total", "action URLs that made a source be polled at once", ["vendor"])


def vendor_of(key: str) -> str:
    """`biotime:<server>` to `biotime`."""
    return key.partition(":")[0]
