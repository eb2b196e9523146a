"""Rows that connectors polled, converted."""
