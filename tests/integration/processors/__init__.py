"""Tests of integration/processors."""
