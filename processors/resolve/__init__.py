"""Whose a punch is: resolver.input to timecards.input. The model is pure; what Kafka needs is in fan_out_workers.py
and `processors.keyed_loop`. Hours, cards and policies do not come in here. Source: DESIGN 5, 6; decisions/0029."""
