"""One client for the three dialects: a typed method for every endpoint of wire.biotime.endpoints.

BioTimeClient(server, clock=..., monotonic=..., random=...): see connectors.biotime.calls.caller for how it asks. It
raises connectors.errors only; no message holds a password or a token. Dangerous endpoints are plain methods: whether
one may be called is the command layer's to decide.
"""

from __future__ import annotations

from connectors.biotime.calls.mobile import MobileCalls
from connectors.biotime.calls.personnel import PersonnelCalls
from connectors.biotime.calls.punches import PunchCalls
from connectors.biotime.calls.terminals import TerminalCalls


class BioTimeClient(PunchCalls, TerminalCalls, PersonnelCalls, MobileCalls):
    """Of one server. Safe for concurrent callers: they take turns."""
