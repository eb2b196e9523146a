"""The pure derivation: punches, corrections, policies, plans, leave, holidays and event time in, cards out.

One module per step of spec/timecards.md B4, in the order of `derive.py`. No I/O, no clock, no counter, no published
state may come in: what a card was before is of no interest here. Units inside: instants are epoch seconds UTC (`at`,
whole minutes under seconds=truncate), exact punch times epoch milliseconds, days are numbers since 1970-01-01.
"""
