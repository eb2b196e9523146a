"""Unit tests of processors."""
