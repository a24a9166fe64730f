"""A cluster's policies, compiled once: classes, port and address atoms, permission matrix, pairs, increments."""
