"""Connections that a person lists as required, as text, CSV, a frame or ClientIntents (generate 7)."""
