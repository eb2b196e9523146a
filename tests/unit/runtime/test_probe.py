"""Health and metrics answer as orchestrators expect."""

from __future__ import annotations

import socket

import aiohttp
import pytest

from runtime.errors import Fatal
from runtime.probe import ProbeServer


async def test_readiness_says_why_not_and_metrics_are_served() -> None:
    trouble = "starting"
    probe = ProbeServer("127.0.0.1", 0, ready=lambda: trouble, live=lambda: "")
    await probe.start()
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{probe.port}") as client:
            async with client.get("/readyz") as answer:
                assert (answer.status, await answer.text()) == (503, "starting")
            trouble = ""
            async with client.get("/readyz") as answer:
                assert answer.status == 200
            async with client.get("/livez") as answer:
                assert answer.status == 200
            async with client.get("/metrics") as answer:
                assert "python_info" in await answer.text()
    finally:
        await probe.stop()


async def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Fatal, match=f"127.0.0.1:{port}"):
            await ProbeServer("127.0.0.1", port, ready=lambda: "", live=lambda: "").start()
