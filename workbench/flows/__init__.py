"""What was seen: flows from the tools that people run, in one table, oriented and attributed."""
