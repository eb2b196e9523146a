"""Public clients that we did not write, unmodified, against a real edge: `make compat` (docs/compatibility.md).

Whoever wants to run them brings them: nothing of them is kept here, no address of theirs either. What may come in:
how a client is started, and what its own words must agree with. What may not: their code, or changes to it.
"""
