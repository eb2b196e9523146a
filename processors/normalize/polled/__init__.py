"""Rows that connectors polled, from raw.attendance: transactions of BioTime servers, logs of Akuvox stations, gaps and
watermarks, as punches, `access` events and what the device processor reads.

A converter for each PolledTable, pure like its neighbours; `converters` names them. One body holds rows of many
devices: each event names its own. What bytes of a row mean is wire/biotime and wire/akuvox. Nothing of the push dialect
may come in.
"""
