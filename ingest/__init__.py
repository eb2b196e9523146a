"""The edge: an aiohttp server that terminals push to; it puts every body into Kafka as received, then acknowledges.

What may come in: HTTP, answers to devices, what an answer needs to know. What may not: parsing of rows (normalize does
that), anything that waits for something other than Kafka, the other parts.

The way of a request: connection (bytes) -> handlers (which endpoint, whose) -> bodies (read, bounded) -> emit (Kafka)
-> answers.
"""
