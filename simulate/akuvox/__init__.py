"""Akuvox door stations that answer the vendor's HTTP API, many in one process, with a ledger of every row on disk.

Only what a station knows and does may come in: no knowledge of who reads it beyond the vendor's document and what is
known of stations in the field. `run.py` starts them, `station.py` is one station, `calls.py` is the table of what it
answers, `ledger.py` is what the account is taken from.
"""
