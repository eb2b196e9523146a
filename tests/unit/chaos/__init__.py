"""What judges the soaks: it must be able to find fault."""
