"""The edge, module by module; Kafka is a stand-in that acknowledges, holds, fails or is full as told."""
