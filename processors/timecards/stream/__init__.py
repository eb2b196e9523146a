"""The stream of cards: what the registry and people's records say, one workweek, what state holds, one partition.

Functions and plain values alone: no Kafka, no file, no clock may come in, but for worker.py, archive.py, snapshot.py,
which wire it. Source: spec/timecards.md B13; DESIGN 6.
"""
