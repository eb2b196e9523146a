"""Case files (format: spec/timecards.md section 0), run through the model of production from inputs to published cards.

No rule of timecards may come in: only how a case is read, what its inputs are, and what is compared.
"""
