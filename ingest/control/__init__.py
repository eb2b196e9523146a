"""What operators do with devices, commands and people, for the control API and the command line alike; and that API.

The operations are plain classes (devices, orders, people, raw, behind `operations`), the API is a thin layer of routes
over them (`server`, `routes`, `models`, `openapi`, `tokens`). No answers to devices, and no printing.
"""
