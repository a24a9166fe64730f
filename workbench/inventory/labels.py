"""Which labels of a pod were written by controllers, and tell nothing of its workload."""

from __future__ import annotations

from typing import Final

__all__ = ["GENERATED_KEYS", "GENERATED_PREFIX", "is_generated"]

GENERATED_KEYS: Final = frozenset(
    (
        "pod-template-hash",
        "pod-template-generation",
        "controller-revision-hash",
        "controller-uid",
        "job-name",
        "statefulset.kubernetes.io/pod-name",
        "apps.kubernetes.io/pod-index",
    )
)
GENERATED_PREFIX: Final = "batch.kubernetes.io/"
"""Labels that controllers write, different for each revision or pod: no news if they differ, no template has them."""


def is_generated(key: str) -> bool:
    """Tell whether controllers write a label of this key."""
    return key in GENERATED_KEYS or key.startswith(GENERATED_PREFIX)
