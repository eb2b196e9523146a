"""What BioTime, UTimeMaster and BioTimeCloud servers speak: endpoint catalogue, envelopes, rows.

Pure: no I/O, no clock; only the standard library (and `schemas`) may come in. What rows mean to us is not here.
"""
