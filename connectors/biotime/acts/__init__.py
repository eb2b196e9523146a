"""The commands to a server, each as an Act: which calls of the client it is, and how it is read back.

By what they are about: people, groups (departments, areas, positions), terminals, mobile. `lookups` finds by codes what
the server knows by its own ids, `comparing` (pure) tells whether a row has what was asked for. Nothing here decides
whether something is sent: that is connectors/execution.py.
"""
