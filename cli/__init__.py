"""The `punchstream` command: the one place that knows all parts and starts them.

One module per command group. A part is imported when its command runs, never before: `punchstream --help` and
`punchstream ingest` must not pay for Faust. What may not come in: logic that a part needs (it belongs to the part).
"""
