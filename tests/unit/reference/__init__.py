"""Tests of the re-computations in tests/reference."""
