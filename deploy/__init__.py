"""How punchstream is put on machines: `local/` (one machine without containers), the compose file and, later, cluster definitions.

Nothing in here is imported by a part of the pipeline; it imports none of them either.
"""
