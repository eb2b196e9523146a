"""The servers of the integration tests, here too."""

from __future__ import annotations

from tests.integration.conftest import database, stack, topic_prefix

__all__ = ["database", "stack", "topic_prefix"]
