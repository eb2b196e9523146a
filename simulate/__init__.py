"""The outside world, simulated: terminals, servers and door stations to try, load and break the system.

Nothing of punchstream may be imported here: a simulator that shared our parsers or identities would share our mistakes.
"""
