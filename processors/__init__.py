"""Raw events to clean ones, punches to people, people's punches to timecards: Faust agents, and plain loops where state
is kept, around pure functions.

Nothing of ingest, connectors or sinks may come in; parsing of devices' bytes belongs to `wire`.
"""
