"""Tests on a genuine Kafka and a genuine ClickHouse; see conftest.py."""
