"""Tests of processors/timecards."""
