"""Tests that hold promises between the parts and to readers outside."""
