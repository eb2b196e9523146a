"""Raw uploads to clean events: `convert` is pure, `agent` wires it to Kafka. No clock and no I/O outside `agent`."""
