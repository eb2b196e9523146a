"""Small whole programs that read what punchstream writes. Each stands alone: it imports nothing of ours, and nothing of
ours imports it, so that it can be copied.
"""
