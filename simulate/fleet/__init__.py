"""A seeded fleet of ZKTeco terminals that speak PUSH over raw sockets, with a ledger of every punch on disk.

Only what a terminal knows and does may come in: no knowledge of the server beyond the PUSH document.
`run.py` runs the fleet, `terminal.py` is one terminal, `ledger.py` is what the account is taken from.
"""
