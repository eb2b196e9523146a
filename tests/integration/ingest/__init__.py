"""The edge as it runs, on a genuine Kafka, spoken to over raw sockets."""
