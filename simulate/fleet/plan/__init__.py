"""A crew whose work is planned: every punch of the past two weeks and of the days to come, and the cards that follow.

Only what the plan says and plain arithmetic over it may come in: the cards here are what the system's are compared
with, so nothing of how the system derives them is used. `model.py` is the plan's shape, `make.py` makes it, `crew.py`
has it punched at the crew's own terminals, `cards.py` says what hours it comes to.
"""
