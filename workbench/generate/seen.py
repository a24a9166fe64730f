"""Which connections flows and baselines say are needed, and which of them no rule is made of, and why (generate 4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from workbench.generate.draft import Drafts
from workbench.generate.needs import Basis, LeftOutNeed, Need, WhyLeftOut, merged_needs
from workbench.ground import EXTERNAL_ENTITIES, INTERNAL_ENTITIES, PROTOCOLS, PortSet, count_of

if TYPE_CHECKING:
    from workbench.baseline import Baselines, Known, Side
    from workbench.flows import Flows
    from workbench.generate.context import Context

__all__ = ["needs_of_baselines", "needs_of_flows"]

_EXCLUDED: Final[Mapping[str, WhyLeftOut]] = {
    "client-unknown": WhyLeftOut.CLIENT_UNKNOWN,
    "denied": WhyLeftOut.DENIED,
    "unresolved": WhyLeftOut.UNRESOLVED,
    "ephemeral-port": WhyLeftOut.EPHEMERAL,
    "host-network": WhyLeftOut.HOST_NETWORK,
    "own-node": WhyLeftOut.OWN_NODE,
    "probe": WhyLeftOut.PROBE,
    "snat": WhyLeftOut.SNAT,
}
"""Why no rule is made of an edge, by what flows say of it."""
_READ: Final = (
    *("src", "dst", "protocol", "port", "flows", "first_seen", "last_seen"),
    *("src_block", "dst_block", "dst_domains", "marks", "excluded"),
)
"""What a need is made of; to make objects of all that is known of each edge takes longer than all else."""
_WIDENED: Final = "block-only"
_REST: Final = {"internet": EXTERNAL_ENTITIES, "internal": INTERNAL_ENTITIES}
"""What baselines call addresses without a name, as all answers do."""


def needs_of_flows(context: Context, flows: Flows) -> Drafts:
    """Return what was seen of the workloads that are asked about.

    Addresses that a person named are admitted by the blocks of that name; others by themselves.

    Parameters
    ----------
    context : Context
    flows : Flows
    """
    asked = {one.peer for one in context.workloads}
    blocks = context.named_blocks
    tagged = flows if context.book is None else context.book.tag(flows)
    edges = tagged.located_edges()
    edges = edges[edges["src"].isin(asked) | edges["dst"].isin(asked)]
    needs, left_out = [], []
    for row in edges[list(_READ)].to_dict("records"):
        need, why, detail = _need_of(row, blocks)
        if why is None:
            needs.append(need)
        else:
            left_out.append(LeftOutNeed.of(why, need, detail))
    return Drafts(needs=merged_needs(needs), left_out=tuple(left_out))


def _need_of(row: Mapping[Any, Any], blocks: Mapping[str, tuple[str, ...]]) -> tuple[Need, WhyLeftOut | None, str]:
    ports, why, detail = _ports(row)
    named = next((blocks[row[name]] for name in ("src_block", "dst_block") if row[name] in blocks), ())
    need = Need(
        str(row["src"]),
        str(row["dst"]),
        ports,
        flows=int(row["flows"]),
        first_seen=_moment(row["first_seen"]),
        last_seen=_moment(row["last_seen"]),
        blocks=named,
        domains=tuple(row["dst_domains"]),
        widened=_WIDENED in row["marks"],
    )
    excluded = tuple(row["excluded"])
    return need, _EXCLUDED[excluded[0]] if excluded else why, detail


def _ports(row: Mapping[Any, Any]) -> tuple[PortSet, WhyLeftOut | None, str]:
    protocol = str(row["protocol"])
    if protocol not in PROTOCOLS:
        return PortSet(), WhyLeftOut.NO_PROTOCOL, protocol
    if pd.isna(row["port"]) or not int(row["port"]):
        return PortSet(), WhyLeftOut.UNRESOLVED, "the port is not known"
    return PortSet.of(protocol, int(row["port"])), None, ""


def _moment(cell: Any) -> datetime | None:  # noqa: ANN401  (a cell)
    return None if pd.isna(cell) else cell.to_pydatetime()


def needs_of_baselines(context: Context, baselines: Baselines) -> Drafts:
    """Return what baselines know of the workloads that are asked about; what a person marked is left out.

    Parameters
    ----------
    context : Context
    baselines : Baselines
    """
    asked = {one.peer for one in context.workloads}
    blocks = context.named_blocks
    published_as = (lambda _name: ()) if context.book is None else context.book.blocks_called
    needs, left_out = [], []
    for side, known in sorted(baselines.known.items()):
        if side.workload not in asked:
            continue
        need, why, detail = _need_of_side(side, known, blocks, published_as)
        if why is None:
            needs.append(need)
        else:
            left_out.append(LeftOutNeed.of(why, need, detail))
    return Drafts(needs=merged_needs(needs), left_out=tuple(left_out))


def _need_of_side(
    side: Side,
    known: Known,
    blocks: Mapping[str, tuple[str, ...]],
    published_as: Callable[[str], tuple[str, ...]],
) -> tuple[Need, WhyLeftOut | None, str]:
    peer = _REST.get(side.peer_type, side.peer)
    ends = (side.workload, peer) if side.direction == "egress" else (peer, side.workload)
    is_known = side.protocol in PROTOCOLS and side.port
    ports = PortSet.of(side.protocol, side.port) if is_known else PortSet()
    need = Need(
        *ends,
        ports,
        Basis.BASELINE,
        flows=known.flows,
        first_seen=known.first_seen,
        last_seen=known.last_seen,
        blocks=blocks.get(peer, ()),
    )
    if known.status == "anomalous":
        return need, WhyLeftOut.ANOMALOUS, ""
    if side.peer_type == "external" and not need.blocks and (published := published_as(peer)):
        detail = f"{peer} is {count_of(len(published), 'block')} of a provider: which address it was is not known"
        return need, WhyLeftOut.UNRESOLVED, detail
    return need, None if is_known else WhyLeftOut.NO_PROTOCOL, "" if is_known else side.protocol
