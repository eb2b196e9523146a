"""What devices do to what is known of each: status, skew, memory, silence. Pure: no I/O, no clock but the stream's.

One module a concern, `engine` puts them together, `partition` is the model that `processors.keyed_worker` wires up.
`registry_facts` alone looks at the registry.
"""
