"""The doctor's words: what an edge answers, and what a device lacks."""

from __future__ import annotations

import asyncio
from email.utils import formatdate
from typing import Any

import pytest

from cli.doctor_device import one_device
from cli.doctor_edge import answer_findings, edge_findings
from ingest.control.models import device_of
from schemas.devices import DeviceStatus
from schemas.registry import DevicePeriod, DeviceRecord
from tests.unit.ingest.control.samples import NOW_MS, device_state

NOW = 1_772_355_600
SERVED = DeviceRecord("A", (DevicePeriod(site="berlin", tenant="acme", zone="Europe/Berlin"),))


def answer(status: str = "400 Bad Request", *headers: str, date: int = NOW) -> bytes:
    lines = [f"HTTP/1.1 {status}", "Content-Type: text/plain", f"Date: {formatdate(date, usegmt=True)}",
             "Content-Length: 3", *headers]  # fmt: skip
    return "\r\n".join(lines).encode() + b"\r\n\r\nSN\n"


@pytest.mark.parametrize(
    ("bytes_", "words"),
    [
        (b"\x15\x03\x01\x00\x02\x02F", "speaks HTTPS"),
        (b"SSH-2.0-OpenSSH\r\n", "no HTTP"),
        (b"", "no HTTP"),
        (answer("301 Moved", "Location: https://x/"), "redirects to https://x/"),
        (answer("502 Bad Gateway"), "answers 502"),
        (answer("400 Bad", "Transfer-Encoding: chunked"), "with Transfer-Encoding"),
        (answer().replace(b"Date:", b"date:"), "without Date"),
        (answer().replace(b"text/plain", b"text/html"), "that devices do not read"),
    ],
)
def test_answers_that_devices_do_not_read(bytes_: bytes, words: str) -> None:
    (finding,) = answer_findings(bytes_, "edge:80", NOW)
    assert (finding.verdict, words in finding.words) == ("bad", True), finding


def test_a_good_answer_and_its_clock() -> None:
    assert [finding.verdict for finding in answer_findings(answer(), "edge:80", NOW)] == ["good", "good"]
    (_, clock) = answer_findings(answer(date=NOW + 90), "edge:80", NOW)
    assert (clock.verdict, clock.words) == ("bad", "the edge's clock is 90 s ahead of this machine's")


async def test_an_edge_that_is_not_there_and_addresses_that_are_none() -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    (gone,) = await edge_findings(f"http://127.0.0.1:{port}", "")
    assert (gone.verdict, "cannot be reached" in gone.words) == ("bad", True)
    for url in ("ftp://x", "http://", "http://x:port"):
        (wrong,) = await edge_findings(url, "")
        assert "is no address" in wrong.words


def findings(record: DeviceRecord | None, **facts: Any) -> dict[str, tuple[str, str]]:
    state = device_state("A", **{"last_handshake": NOW_MS, "last_punch_at": NOW_MS, "skew_s": 0, **facts})
    device = device_of("A", record, state, NOW_MS, accepts=False)
    return {one.check: (one.verdict, one.words) for one in one_device(device, state, NOW_MS)}


def test_a_device_that_is_well() -> None:
    assert {verdict for verdict, _ in findings(SERVED).values()} == {"good"}


@pytest.mark.parametrize(
    ("record", "facts", "check", "verdict", "words"),
    [
        (None, {"status": DeviceStatus.PENDING}, "registry", "bad", "not let in (pending)"),
        (DeviceRecord("A", (DevicePeriod(admission="refuse"),)), {}, "registry", "bad", "refused by name"),
        (SERVED, {"status": DeviceStatus.OFFLINE}, "contact", "bad", "offline since 2026-03-01 09:00:00Z"),
        (SERVED, {"last_handshake": None}, "handshake", "bad", "none was seen"),
        (SERVED, {"last_error": "key_wrong", "last_error_at": NOW_MS}, "refused", "warning", "key is missing or wrong"),
        (SERVED, {"last_error": "key_wrong", "last_error_at": 0}, "refused", "good", "not lately"),
        (SERVED, {"skew_s": 3605}, "device clock", "bad", "+1 hours off: that is a zone"),
        (SERVED, {"skew_s": -19_790}, "device clock", "bad", "-5.5 hours off"),
        (SERVED, {"skew_s": 300}, "device clock", "bad", "+300 s off"),
        (SERVED, {"skew_s": None}, "device clock", "skipped", "not known"),
        (SERVED, {"fill_percent": 95.0, "days_until_full": 3.0}, "memory", "warning", "95 % full, overwrites"),
        (SERVED, {"last_punch_at": None}, "punches", "warning", "none has come yet"),
        (SERVED, {"status": DeviceStatus.SILENT}, "punches", "warning", "silent at its usual hours"),
    ],
)
def test_what_is_wrong_is_said(
    record: DeviceRecord | None, facts: dict[str, Any], check: str, verdict: str, words: str
) -> None:
    found = findings(record, **facts)[check]
    assert found[0] == verdict
    assert words in found[1]


def test_a_device_that_no_edge_heard_of() -> None:
    found = list(one_device(device_of("A", SERVED, None, NOW_MS, accepts=False), None, NOW_MS))
    assert [(one.check, one.verdict) for one in found] == [("registry", "good"), ("contact", "bad")]
