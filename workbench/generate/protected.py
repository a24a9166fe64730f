"""Namespaces that no strategy proposes policies for: what keeps a cluster running is in them (generate 3)."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Final

__all__ = ["PROTECTED_NAMESPACES", "is_protected"]

PROTECTED_NAMESPACES: Final = (
    "kube-system",
    "kube-public",
    "kube-node-lease",
    "openshift",
    "openshift-*",
    "istio-system",
    "calico-system",
    "calico-apiserver",
    "tigera-operator",
    "cilium*",
    "stackrox",
    "rhacs-operator",
)
"""Their names, as shell patterns."""


def is_protected(namespace: str, patterns: tuple[str, ...] = PROTECTED_NAMESPACES) -> bool:
    """Tell whether a namespace is protected.

    Parameters
    ----------
    namespace : str
    patterns : tuple of str
        As of shells.
    """
    return any(fnmatchcase(namespace, pattern) for pattern in patterns)
