"""What every process needs: settings, Kafka clients, metrics, health, logs, lifecycle, the registry view.

What may not come in: anything that only one part needs, and anything that knows a device or a table.
"""
