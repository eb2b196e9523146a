"""A simulated server of the BioTime family (BioTime, UTimeMaster, BioTimeCloud) over HTTP, with a ledger on disk.

Written from the vendors' documents; nothing of a client may come in, and nothing that only a client would know.
`server.py` runs it, `world.py` is what it holds, `api_*.py` are its endpoints, `control.py` steers it from outside.
"""
