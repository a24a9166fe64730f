"""Policies that admit the connections of a list, and nothing else (generate 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.generate.draft import Drafts
from workbench.generate.listed.intents import intended_connections
from workbench.generate.listed.lines import listed_connections
from workbench.generate.listed.resolving import Resolver
from workbench.generate.needs import LeftOutNeed, Need, WhyLeftOut, merged_needs
from workbench.generate.registry import strategy
from workbench.ground import ArgumentError

if TYPE_CHECKING:
    from workbench.generate.context import Context

__all__ = ["required_connections"]


@strategy("required-connections")
def required_connections(context: Context, *, connections: Any = (), dns: bool = True) -> Drafts:  # noqa: ANN401
    """Admit the connections of a list, and those of ClientIntents of the cluster, and nothing else.

    Parameters
    ----------
    connections : path, text or frame
        Lines such as ``shop/frontend -> shop/cart : TCP 7070``, a file of these or of CSV, or a frame.
    dns : bool
        Whether workloads that may call others may ask the cluster's DNS, too.
    """
    lines = listed_connections(connections)
    intended, strange = intended_connections(context.cluster)
    if not (lines or intended or strange):
        message = "no connection is listed"
        raise ArgumentError(
            message, "give the option connections, a file with --list, or ClientIntents with the manifests"
        )
    resolver = Resolver(context)
    found = [one for line in (*lines, *intended) for one in resolver.needs(line)]
    needs = merged_needs(one for one in found if isinstance(one, Need))
    left_out = tuple(one for one in found if isinstance(one, LeftOutNeed))
    left_out += tuple(LeftOutNeed(WhyLeftOut.UNRESOLVED, one) for one in strange)
    taken = context.taken(Drafts(needs=needs, left_out=left_out))
    made = context.admitting(taken.needs, allowing=("dns",) if dns else ())
    return made._replace(left_out=(*taken.left_out, *made.left_out))
