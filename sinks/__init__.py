"""Writers of topics into ClickHouse, and the migrations of its tables.

What may come in: the range writer and what it needs, the table map, migrations. What may not: parsing of what devices
say, anything that decides about a punch, DDL outside `migrations/sql`. A sink moves bytes and counts them.
"""
