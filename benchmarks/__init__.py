"""Measurements: how long each stage takes, and how much memory, beside a named alternative."""
