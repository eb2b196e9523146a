"""Tests of processors/lastpunch."""
