"""Case files (format: spec/timecards.md section 0), run through the engine, versions and locking of production.

No rule of timecards may come in: only how a case is read and what is compared.
"""
