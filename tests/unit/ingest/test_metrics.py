"""The tally says what Prometheus reads."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, generate_latest

from ingest.metrics import Endpoint, Tally


def test_the_tally_as_prometheus_reads_it() -> None:
    registry = CollectorRegistry()
    tally = Tally()
    registry.register(tally)
    tally.ok[Endpoint.UPLOAD] += 3
    tally.retry[Endpoint.UPLOAD] += 1
    tally.acked_rows += 60
    for seconds in (0.001, 0.002, 0.003, 99.0):
        tally.acknowledged(seconds, 100)
    text = generate_latest(registry).decode()
    assert 'punchstream_ingest_requests_total{endpoint="upload",outcome="ok"} 3.0' in text
    assert 'punchstream_ingest_requests_total{endpoint="upload",outcome="retry"} 1.0' in text
    assert "punchstream_ingest_acked_rows_total 60.0" in text
    assert "punchstream_ingest_request_bytes_total 400.0" in text
    assert 'punchstream_ingest_ack_seconds_bucket{le="0.002"} 2.0' in text
    assert 'punchstream_ingest_ack_seconds_bucket{le="0.005"} 3.0' in text
    assert 'punchstream_ingest_ack_seconds_bucket{le="+Inf"} 4.0' in text
    assert "punchstream_ingest_ack_seconds_count 4.0" in text
    assert "punchstream_ingest_ack_seconds_sum 99.006" in text
