"""Tests that break the running system on purpose; the long ones are marked soak."""
