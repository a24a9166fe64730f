"""The registry of policy kinds: one reader each, which turns a manifest into the normal form."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from workbench.manifests.manifest import Manifest
from workbench.manifests.problems import ProblemLog
from workbench.policy.rules import Policy

__all__ = ["POLICY_KINDS", "read_policy"]

Reader: TypeAlias = Callable[[Manifest, ProblemLog], Policy | None]

POLICY_KINDS: frozenset[tuple[str, str]] = frozenset()
"""(API group, kind) of every policy that is known, evaluated or not."""


def read_policy(manifest: Manifest, log: ProblemLog) -> Policy | None:
    """Return the normal form of a policy's manifest; None, and problems in `log`, where it has none."""
