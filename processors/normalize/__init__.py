"""Raw records to clean events: a pure converter for each raw topic, and the agents' handlers that wire them.

`convert` is attendance, where speed decides; `converters` names the others. No clock and no I/O outside `agent`,
`body_agent` and `output`.
"""
