"""Benchmarks with their baselines: `python -m bench` measures, prints, and rewrites its part of docs/performance.md.

What may come in: measuring code, and the plain programs that ours are measured against. What may not: anything that the
product needs. Speed is a ratio of two things measured in turn in one run (A B A B ...), or CPU time per piece of work;
nothing is asserted on a clock, so no test runs this.
"""
