"""Tests of processors/normalize."""
