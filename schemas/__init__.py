"""The contracts between the parts: event types, topic catalogue, ids and rank, codec, JSON Schema.

What may come in: types, names, pure functions over them. What may not: I/O, clocks, settings, anything of ours.
Everything else may import this package; it imports nothing of ours (DESIGN 3).
"""
