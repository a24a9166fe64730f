"""What Red Hat ACS calls entities outside: their ids, which depend on the block alone (external X4, X7)."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Final

from workbench.external.model import checked_cidr

__all__ = ["EXTERNAL_ENTITIES_ID", "INTERNAL_ENTITIES_ID", "rhacs_id"]

EXTERNAL_ENTITIES_ID: Final = "afa12424-bde3-4313-b810-bb463cbe8f90"
"""Everything public that has no name."""
INTERNAL_ENTITIES_ID: Final = "ada12424-bde3-4313-b810-bb463cbe8f90"
"""Private addresses that nothing in the cluster has, and that have no name."""


def rhacs_id(cidr: str, cluster: str = "") -> str:
    """Return the id that Red Hat ACS gives a block: two spellings of one block have the same.

    Parameters
    ----------
    cidr : str
    cluster : str, optional
        The id of the cluster that a custom block belongs to; blocks of providers belong to none.

    Raises
    ------
    ArgumentError
        If the block is not one that can be named.
    """
    encoded = urlsafe_b64encode(checked_cidr(cidr).encode()).decode().rstrip("=")
    return f"{cluster}__{encoded}"
