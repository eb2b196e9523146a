"""Numbered, reversible migrations of the ClickHouse tables: plain SQL files and the runner that applies them.

What may come in: `sql/NNNN_name.up.sql` with its `.down.sql`, one statement each. What may not: an edit of a file that
was ever applied (the runner refuses it), data, statements built from strings.
"""
