"""What generated policies are called: valid and different names, however long those of workloads are."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

from workbench.ground import MAX_SUBDOMAIN, is_subdomain

__all__ = ["policy_name"]

_DIGITS: Final = 8
_STRANGE: Final = re.compile(r"[^a-z0-9.-]+")
_EDGES: Final = re.compile(r"^[^a-z0-9]+|[^a-z0-9]+$")


def policy_name(wanted: str) -> str:
    """Return a name that the API server takes: `wanted` itself where it is one.

    What was changed or cut is told from others by eight digits of a hash.

    Parameters
    ----------
    wanted : str
        Of ASCII or any other characters, and any length.
    """
    if is_subdomain(wanted):
        return wanted
    digits = sha256(wanted.encode()).hexdigest()[:_DIGITS]
    plain = ".".join(_EDGES.sub("", part) or "x" for part in _STRANGE.sub("-", wanted.lower()).split("."))
    kept = _EDGES.sub("", plain[: MAX_SUBDOMAIN - _DIGITS - 1]) or "policy"
    return f"{kept}-{digits}"
