"""Timecards from punches: the pure engine, what becomes of its cards once they are published, and the case files.

Source: spec/timecards.md. Nothing here opens a file or a connection or looks at a clock, but the agents that wire it.
"""
