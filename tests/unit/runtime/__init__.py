"""Tests of unit/runtime."""
