"""Fewer policies of the same meaning: what can be left out of policies or put together, and the proof of it."""
