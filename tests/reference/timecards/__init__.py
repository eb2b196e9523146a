"""Timecards computed a second time, slowly and obviously, straight from spec/timecards.md (sections 0 and B1 to B14).

It is what the engine is compared with, so it shares no code with `processors` (nor any package of the product) and
uses the standard library only. Where the engine may be clever, this walks: every minute of a shift (every second under
`seconds: keep`) is one entry of a list, each rule is applied to that list by itself, and the clause of the
specification stands beside the step. `random_cases` makes seeded random cases of the case format.

Times are whole seconds since 1970 UTC (`int`), durations are seconds inside and whole minutes on the cards.
"""
