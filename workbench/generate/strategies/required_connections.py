"""Policies that admit the connections of a list, and nothing else (generate 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.generate.listed.resolving import required_needs
from workbench.generate.registry import strategy
from workbench.ground import ArgumentError

if TYPE_CHECKING:
    from workbench.generate.context import Context
    from workbench.generate.draft import Drafts

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
    required = required_needs(context, connections)
    if not (required.needs or required.left_out):
        message = "no connection is listed"
        raise ArgumentError(
            message, "give the option connections, a file with --list, or ClientIntents with the manifests"
        )
    taken = context.taken(required)
    made = context.admitting(taken.needs, allowing=("dns",) if dns else ())
    return made._replace(left_out=(*taken.left_out, *made.left_out))
