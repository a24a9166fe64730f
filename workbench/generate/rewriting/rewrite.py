"""Fewer policies that mean the same: put together and made smaller until nothing is left to do (minimal-rewrite 1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from workbench.generate.rewriting.covering import Namespaces
from workbench.generate.rewriting.forms import Form
from workbench.generate.rewriting.merging import merged_forms, merged_parts
from workbench.generate.rewriting.removing import reduced
from workbench.policy import Policy

if TYPE_CHECKING:
    from workbench.generate.proposal import Proposal
    from workbench.inventory import Cluster

__all__ = ["minimal", "rewritten"]


def minimal(forms: Sequence[Form], kept: Sequence[Form], namespaces: Namespaces) -> list[Form]:
    """Return policies of the same meaning of which nothing can be left out and no two things be put together.

    Each step leaves less, so that it ends; none makes more of anything.

    Parameters
    ----------
    forms : sequence of Form
        Of one namespace.
    kept : sequence of Form
        Further policies of the namespace, which stay as they are.
    namespaces : Namespaces
    """
    listed = sorted(forms, key=lambda one: one.order)
    while True:
        merged = merged_forms(one.with_parts(merged_parts(one.parts)) for one in listed)
        found = sorted(reduced(merged, kept, namespaces), key=lambda one: one.order)
        if [one.says for one in found] == [one.says for one in listed]:
            return found
        listed = found


def rewritten(
    cluster: Cluster,
    policies: Iterable[str | Policy] = (),
    *,
    namespaces: str | Iterable[str] = (),
    **given: Any,  # noqa: ANN401  (as of propose)
) -> Proposal:
    """Return fewer policies with the meaning of those that are there, proven by the engine (minimal-rewrite 1).

    Parameters
    ----------
    cluster : Cluster
    policies : iterable of str or of Policy
        NetworkPolicies, as ``Kind namespace/name`` or as values; all where nothing is given.
    namespaces : str or iterable of str
        Of the policies; all where nothing is given.
    **given
        As of `propose`: ``protected``, ``now``.

    Raises
    ------
    ArgumentError
        If there is no such namespace or policy.
    NotProvenError
        If the engine does not find that they mean the same.
    """
    from workbench.generate.propose import propose  # noqa: PLC0415  (strategies use this module)

    refs = tuple(one if isinstance(one, str) else one.ref for one in policies)
    return propose(cluster, strategy="rewrite", namespaces=namespaces, policies=refs, **given)
