"""Tests of unit/cli."""
