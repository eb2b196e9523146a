"""Punches to the greatest punch of each PIN. `latest` is pure; what Kafka needs is in `processors.keyed_agent`."""
