"""How punchstream is put on machines: `local/` (one machine, no containers), the compose file, a systemd unit; how it
is watched: `prometheus/`, `grafana/`; later clusters.

Nothing in here is imported by a part of the pipeline; it imports none of them either.
"""
