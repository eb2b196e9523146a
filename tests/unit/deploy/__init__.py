"""Tests of the local stack that need no servers."""
