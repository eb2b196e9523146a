"""A genuine Kafka and a genuine ClickHouse on one machine without containers: fetched, started, watched, stopped.

`stack.LocalStack` is the way in. Topics and tables are not made here, and no part of the pipeline is started here.
"""
