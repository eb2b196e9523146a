"""The edge as a device sees it: a connection, a plain HTTP answer, its spelling, its date. Source: spec/zk-push.md 0.

The request names no serial, so it leaves no trace among the devices: the edge refuses it, and how it does that tells
all that a device depends on.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from cli.findings import Finding

_DEADLINE_SECONDS = 5.0
_MAX_ANSWER_BYTES = 64 * 1024
_MAX_HEAD_BYTES = 2048
_MAX_CLOCK_SECONDS = 5
_TLS_ALERT = b"\x15\x03"
_LOCAL = ("127.0.0.1", "localhost", "::1")


async def edge_findings(url: str, serial: str) -> list[Finding]:
    """`url` as `http://host:port`; `serial` is only for the words."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    try:
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        host, port = "", 0
    if parts.scheme not in ("http", "https") or not host:
        return [Finding("edge", "bad", f"{url} is no address such as http://10.0.0.5:8080")]
    try:
        async with asyncio.timeout(_DEADLINE_SECONDS):
            answer = await _ask(host, port, parts.scheme == "https")
    except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
        why = f"no answer within {_DEADLINE_SECONDS:.0f} s" if isinstance(error, TimeoutError) else str(error)
        advice = (
            "is `punchstream ingest` running, is ingest.host 0.0.0.0, does a firewall lie between, "
            "is it the right port?"
        )
        return [Finding("edge", "bad", f"{host}:{port} cannot be reached: {why}", advice)]
    findings = answer_findings(answer, f"{host}:{port}", int(time.time()))
    if host in _LOCAL and findings[0].verdict == "good":
        where = f"device {serial}" if serial else "a device"
        advice = (
            f"as {where} reaches it: punchstream doctor --url http://ADDRESS:{port}, from a computer in its network"
        )
        findings.append(Finding("network", "warning", "looked at from this machine only", advice))
    return findings


async def _ask(host: str, port: int, tls: bool) -> bytes:
    context = ssl.create_default_context() if tls else None
    reader, writer = await asyncio.open_connection(host, port, ssl=context)
    try:
        writer.write(
            f"GET /iclock/cdata?options=all HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        return await reader.read(_MAX_ANSWER_BYTES)
    finally:
        writer.close()


def answer_findings(answer: bytes, place: str, now: int) -> list[Finding]:
    """What is said of the bytes that came back; `now` in epoch seconds. Pure."""
    if answer.startswith(_TLS_ALERT):
        advice = "give the device https, or the port of plain HTTP"
        return [Finding("edge", "bad", f"{place} speaks HTTPS, and was asked in plain HTTP", advice)]
    head, _, _ = answer.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if not lines[0].startswith("HTTP/1.") or len(words) < 2 or not words[1].isdigit():
        return [Finding("edge", "bad", f"{place} answers, but no HTTP", "another program listens there")]
    status, headers = int(words[1]), dict(line.partition(": ")[::2] for line in lines[1:])
    if 300 <= status < 400:
        advice = "a proxy redirects; devices do not follow: let it pass /iclock/ through as it comes"
        return [Finding("edge", "bad", f"{place} redirects to {headers.get('Location', '?')[:100]}", advice)]
    if status >= 500:
        return [Finding("edge", "bad", f"{place} answers {status}: it is not ready, or a proxy does not reach it")]
    spelled = [name for name in ("Content-Length", "Content-Type", "Date") if name not in headers]
    changed = [name for name in ("Content-Encoding", "Transfer-Encoding", "Location") if name in headers]
    if spelled or changed or headers["Content-Type"].partition(";")[0] != "text/plain" or len(head) > _MAX_HEAD_BYTES:
        what = [f"without {name}" for name in spelled] + [f"with {name}" for name in changed]
        words_ = f"{place} answers {', '.join(what) or 'in a form'} that devices do not read"
        return [Finding("edge", "bad", words_, "is it the edge? a proxy must not change its answers")]
    findings = [
        Finding("edge", "good", f"{place} answers as devices need it (HTTP {status}, plain, {len(head)} bytes)")
    ]
    return [*findings, _clock(headers["Date"], now)]


def _clock(date: str, now: int) -> Finding:
    """Devices set their clocks by it."""
    try:
        off = round(parsedate_to_datetime(date).timestamp()) - now
    except ValueError:
        return Finding("clock", "bad", f"the edge says a date that is none: {date[:60]!r}")
    if abs(off) > _MAX_CLOCK_SECONDS:
        words = f"the edge's clock is {abs(off)} s {'ahead of' if off > 0 else 'behind'} this machine's"
        return Finding("clock", "bad", words, "devices set their clocks by it: run NTP on both")
    return Finding("clock", "good", "the edge's clock and this machine's agree")
