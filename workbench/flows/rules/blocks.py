"""Which ends are in blocks that have a name, and what these ends are then (flow-rules N18)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ibis

from workbench.flows.rules.ends import cell
from workbench.flows.rules.marks import marked
from workbench.flows.schema import ENDS
from workbench.ground import INTERNAL_ENTITIES, UNNAMED_OUTSIDE

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["BLOCK", "in_blocks", "mark_blocks", "networks_of", "outside_addresses"]

BLOCK: Final = "block"
"""The column, with the end before it, of the name of the block that an end is called by."""
_CIDR: Final = r"^[0-9A-Fa-f.:]+/[0-9]+$"
_NO_NETWORKS: Final = (INTERNAL_ENTITIES, *sorted(UNNAMED_OUTSIDE))
_OUTSIDE: Final = ("external", "unknown", "network_set")
_NAMES: Final = ("k8s_pod_name", "k8s_owner_name", "k8s_service_name", "k8s_namespace_name")


def outside_addresses(rows: ir.Table) -> ir.Table:
    """Return the different addresses of ends that may be outside; of ends with a block alone, that."""
    ends = (rows.filter(_is_outside(rows, end)).select(address=_place(rows, end)) for end in ENDS)
    return ibis.union(*ends, distinct=True)


def networks_of(rows: ir.Table) -> ir.Table:
    """Return the networks that sources say addresses are of (flow-rules N14): a row for each, ``address, network``.

    What says no more than that an address is of the internet, or private, is no network.
    """
    ends = (rows.select(address=rows[f"{end}_address"], network=rows[f"{end}_network_label"]) for end in ENDS)
    named = ibis.union(*ends, distinct=True)
    return named.filter(named.address.notnull() & named.network.notnull() & named.network.notin(_NO_NETWORKS))


def mark_blocks(rows: ir.Table) -> ir.Table:
    """Mark rows of which the source gives a block in the place of addresses: it may be wider than what was seen.

    Kubescape sums up many addresses so (external 14).
    """
    only = (rows[f"{end}_address"].isnull() & _is_outside(rows, end) for end in ENDS)
    return marked(rows, "block-only", ibis.or_(*only))


def _place(rows: ir.Table, end: str) -> ir.StringValue:
    """Return the address of an end; else the block that its source gives as its label."""
    label = cell(rows, f"{end}_network_label")
    return ibis.coalesce(rows[f"{end}_address"], label.re_search(_CIDR).ifelse(label, None))


def _is_outside(rows: ir.Table, end: str) -> ir.BooleanValue:
    """Tell of which ends nothing but an address is known: what is in the cluster keeps its own name (external X6)."""
    names = [cell(rows, f"{end}_{name}") for name in _NAMES]
    ambiguous = f"{end}_is_ambiguous"
    certain = [~rows[ambiguous]] if ambiguous in rows.columns else []
    named = ibis.coalesce(*names)
    return ibis.and_(_place(rows, end).notnull(), named.isnull(), rows[f"{end}_kind"].isin(_OUTSIDE), *certain)


def in_blocks(rows: ir.Table, blocks: ir.Table) -> ir.Table:
    """Return `rows` whose ends outside have the names of blocks.

    ``{end}_block`` is added. Where a block's name is decided or published, it is the ``{end}_network_label``, too, and
    what was ``unknown`` is ``external``. A network set that the source names gives way to decided names alone.

    Parameters
    ----------
    rows : Table
    blocks : Table
        As `tagging.Blocks.of` returns it.
    """
    found = rows
    for end in ENDS:
        here = blocks.rename({f"{end}_block_{name}": name for name in blocks.columns})
        asked = found.mutate(**{f"{end}_asked": _is_outside(found, end).ifelse(_place(found, end), None)})
        joined = asked.left_join(here, [(f"{end}_asked", f"{end}_block_address")])
        basis, name = joined[f"{end}_block_basis"], joined[f"{end}_block_name"]
        label, kind = joined[f"{end}_network_label"], joined[f"{end}_kind"]
        gives_way = (kind == "network_set") & (basis != "decided")
        said = basis.isin(("decided", "published")) & ~gives_way
        new = {
            f"{end}_network_label": said.ifelse(name, label),
            f"{end}_kind": said.ifelse("external", kind),
            f"{end}_{BLOCK}": gives_way.ifelse(None, name),
        }
        kept = [joined[column] for column in found.columns if column not in new]
        found = joined.select(*kept, **new)
    return found
