"""Tests of processors/devices."""
