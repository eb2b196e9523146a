"""What devices and servers speak: pure parsers and builders over bytes, one sub-package per protocol.

Nothing here does I/O, reads a clock, logs or knows Kafka; only the standard library (and `schemas`) may come in.
"""
