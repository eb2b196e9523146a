"""Akuvox door stations: client, readers, commands. Source: spec/connectors.md."""
