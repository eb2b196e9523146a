"""What BioTime, UTimeMaster and BioTimeCloud servers speak: endpoint catalogue, envelopes, rows. Pure: no I/O, no clock."""
