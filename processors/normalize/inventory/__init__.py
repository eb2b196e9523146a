"""What polled servers and stations say beside punches and door events: how they are, their terminals, people,
departments, areas, positions, schedules, requests for corrections and their own time cards.

From raw.device and raw.operations to device.input, people, operations and timecards.vendor: a converter for each
PolledTable, pure like its neighbours; `converters` names them. What bytes of a row mean is wire/biotime and
wire/akuvox. Rows that are punches or door events are polled/.
"""
