"""The commands to a station, each as an Act: which calls of the client it is, and how it is read back.

`items` (pure) are entries of lists in the document's fields, `lists` the acts on them, `device` everything else.
Nothing here decides whether something is sent: that is connectors/execution.py.
"""
