"""The servers of the integration tests, here too; the marker of the connectors' soak."""

from __future__ import annotations

import pytest

from tests.integration.conftest import database, stack, topic_prefix

__all__ = ["database", "stack", "topic_prefix"]


def pytest_configure(config: pytest.Config) -> None:
    # Not `soak`: that is a run of its own length, and this one is another (`make soak-connectors`).
    config.addinivalue_line("markers", "soak_connectors: ten minutes and more; run by `make soak-connectors`")
