"""What Prometheus learns about commands; label sets are closed, no serials."""

from __future__ import annotations

from enum import StrEnum

from prometheus_client import Counter, Histogram


class Unoffered(StrEnum):
    """Why a command that might have gone was not handed out."""

    CLAIM_LOST = "claim_lost"  # another request was first
    CLAIM_LATE = "claim_late"  # Kafka or the view was too slow: the device is told OK
    KEY_MISSING = "key_missing"
    UNREADABLE = "unreadable"  # of a name that this version does not know, or sealed text that does not open


OFFERED = Counter("punchstream_commands_offered_total", "commands handed to devices, resends included")
_UNOFFERED = Counter("punchstream_commands_unoffered_total", "commands held back, by reason", ["reason"])
UNOFFERED = {reason: _UNOFFERED.labels(reason) for reason in Unoffered}
CLAIM_SECONDS = Histogram(
    "punchstream_commands_claim_seconds",
    "from a poll that finds commands to the claim's being folded",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0),
)
UNKNOWN_ANSWERS = Counter("punchstream_commands_unknown_answers_total", "answers to ids that are not in the log")
SURPLUS_ANSWERS = Counter(
    "punchstream_commands_surplus_answers_total", "answers beyond what one body may bring: kept raw only"
)
REGISTRY_CHANGES = Counter(
    "punchstream_commands_registry_changes_total", "devices whose registry record an answered command changed"
)
