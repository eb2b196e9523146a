"""Workers that poll servers and stations which cannot push: BioTime servers and Akuvox stations, into the raw topics.

Here: what is asked when, with which cursor, and what is done when it fails. What bytes mean is wire/biotime and
wire/akuvox; what rows become is processors/normalize. May import schemas, wire and runtime, never another part.
"""
