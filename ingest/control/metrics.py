"""What is counted of the control API; the label set is closed."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter

_REQUESTS = Counter("punchstream_control_requests_total", "requests to the control API, by status", ["status"])
_KNOWN: Final = {
    status: _REQUESTS.labels(str(status)) for status in (200, 400, 401, 403, 404, 405, 409, 413, 429, 500, 503)
}
_OTHER = _REQUESTS.labels("other")


def requests(status: int) -> Counter:
    return _KNOWN.get(status, _OTHER)
