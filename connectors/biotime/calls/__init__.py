"""The typed methods of the client, by what they are about, over one caller that knows how a server is to be asked.

A method for every endpoint of wire.biotime.endpoints and nothing else: when something is asked, and whether it may be,
is decided by readers and commands.
"""
