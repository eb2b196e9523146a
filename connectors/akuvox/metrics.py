"""What the readers of door stations count; no station is a label."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

GAPS = Counter("punchstream_connectors_akuvox_gaps_total", "rows of a log may be lost: a gap was told", ["log"])
EPOCHS = Counter("punchstream_connectors_akuvox_epochs_total", "IDs of a log that began anew", ["log"])
TIGHT_RINGS = Gauge(
    "punchstream_connectors_akuvox_tight_rings",
    "logs that at their peak rate are overwritten within three polls: poll more often",
    ["log"],
)
HINTS_DROPPED = Counter(
    "punchstream_connectors_akuvox_hints_dropped_total", "action URLs of stations without a log that found no room"
)
