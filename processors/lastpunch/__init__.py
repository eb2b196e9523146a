"""Punches to the greatest punch of each PIN. Pure; what Kafka needs is in `processors.keyed_loop`."""
