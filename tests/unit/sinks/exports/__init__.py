"""Tests of sinks/exports."""
