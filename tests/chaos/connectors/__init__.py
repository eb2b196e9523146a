"""Connectors under load while workers are killed: lost, doubled and gaps by the simulators' own ledgers.

Here: simulators, workers and their killer, the account, the test that runs them. What is judged is read from ledgers,
topics and ClickHouse alone, never from what a worker says of itself.
"""
