"""What operators and connectors write for many readers (corrections, approvals, people, pay periods, the registry), and
which is told to timecards.input, where cards read it. convert.py is pure. Nothing is decided here: receivers skip what
changes nothing. Source: DESIGN 4; decisions/0030."""
