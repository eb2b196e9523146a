"""BioTime, UTimeMaster and BioTimeCloud servers: client, readers, commands. Source: spec/connectors.md."""
