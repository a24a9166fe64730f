"""Hubble: what its lines say, and what repeats in them."""

from workbench.flows.readers.hubble.reader import hubble

__all__ = ["hubble"]
