"""Random damage to valid requests: no exception escapes, no good line is lost beside a bad one, each input takes
bounded time. `make fuzz` runs for ten minutes, `make test` for seconds; inputs that once failed are in corpus/.
"""
