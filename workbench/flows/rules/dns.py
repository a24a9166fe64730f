"""Who asked for which name, and which addresses were the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import ibis

from workbench.flows.aggregate import SPAN, peer_kind, peer_name
from workbench.flows.schema import ARROW_SCHEMA, ENDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

__all__ = ["DNS_KEY", "Answers", "dns_lookups_by_client", "dns_of"]

DNS_KEY: Final = ("cluster", "src", "name", "address")
_CLIENT: Final = "client_"
_NAMED: Final = (
    *("address", "kind", "k8s_namespace_name", "k8s_pod_name", "k8s_owner_kind", "k8s_owner_name", "k8s_pod_labels"),
    *("k8s_service_name", "k8s_node_name", "domain", "network_label"),
)
"""What attribution looks at, or an end has its name of."""


class Answers(NamedTuple):
    """What DNS servers answered; columns of both as in `names.ANSWER_SCHEMA`.

    Attributes
    ----------
    known : Table
        All that is known: a flow has its name of an answer before it.
    asked : Table
        Those of the time that is asked about.
    """

    known: ir.Table
    asked: ir.Table

    def between(self, start: ibis.Value | None, end: ibis.Value | None) -> Answers:
        """Ask about those that were given at `start` or later, and before `end`."""
        asked = self.asked
        if start is not None:
            asked = asked.filter(asked.time >= start)
        if end is not None:
            asked = asked.filter(asked.time < end)
        return self._replace(asked=asked)


def dns_lookups_by_client(answers: ir.Table, reused: Sequence[str] = ()) -> ir.Table:
    """Count the answers that say the same to the same client, and make the client the source of a row.

    Parameters
    ----------
    answers : Table
        Columns as in `names.ANSWER_SCHEMA`.
    reused : sequence of str
        As of `aggregate.aggregate_rows`.

    Returns
    -------
    Table
        The columns of the flow table that attribution looks at; ``name``, ``address``, ``answers`` and ``ttl``.
    """
    clients = [name for name in answers.columns if name.startswith(_CLIENT)]
    by = ["cluster", *clients, "name", "address"]
    timed = answers
    if reused:
        changing = timed.client_address.isin(reused)
        timed = timed.mutate(_span=changing.fill_null(False).ifelse(timed.time.epoch_seconds() // SPAN, 0))  # noqa: FBT003  (a value)
        by.append("_span")
    counted = timed.group_by(by).aggregate(
        time_start=timed.time.min(),
        time_end=timed.time.max(),
        answers=timed.time.nunique(),
        ttl=(timed.expires.epoch_seconds() - timed.time.epoch_seconds()).max(),
    )
    known = {f"source_{name.removeprefix(_CLIENT)}": counted[name] for name in clients}
    known["source_kind"] = counted.client_k8s_pod_name.isnull().ifelse("unknown", "pod")
    known["destination_kind"] = ibis.literal("unknown")
    ends = {
        name: known.get(name, ibis.null(ibis.dtype(ARROW_SCHEMA.field(name).type)))
        for name in (f"{end}_{part}" for end in ENDS for part in _NAMED)
    }
    return counted.select("cluster", "name", "address", "time_start", "time_end", "answers", "ttl", **ends)


def dns_of(rows: ir.Table) -> ir.Table:
    """Return one row for each client, name and address.

    Parameters
    ----------
    rows : Table
        As of `dns_lookups_by_client`, with the owners of clients.

    Returns
    -------
    Table
        Columns as in `frames.DNS`.
    """
    named = rows.mutate(src=peer_name(rows, "source"))
    return named.group_by(list(DNS_KEY)).aggregate(
        src_kind=peer_kind(named, "source"),
        src_namespace=named.source_k8s_namespace_name.max(),
        answers=named.answers.sum(),
        ttl=named.ttl.max(),
        first_seen=named.time_start.min(),
        last_seen=named.time_end.max(),
    )
