"""Which addresses DNS servers gave to pods, in what Hubble saw of layer 7 (flow-formats 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ibis

from workbench.flows.rules.names import READ_SCHEMA
from workbench.flows.rules.replies import PASSED

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["line_answers"]

_LONGEST: Final = 2**31 - 1
"""Seconds. A longer lifetime is none (RFC 2181, section 8); Hubble writes -1 so where an answer has none."""


def line_answers(raw: ir.Table) -> ir.Table:
    """Return the answers that name an address: one row for each address.

    The client is the destination of the packet. An answer that says that there is no such name (or any other
    error), or that the proxy withheld, gives no row; neither does what is not an answer at all.

    Parameters
    ----------
    raw : Table
        As of `lines.line_columns`, with ``source_file``.

    Returns
    -------
    Table
        Columns as in `names.READ_SCHEMA`; names and addresses as they were written.
    """
    lines = raw.filter(raw.is_dns_answer & raw.time_start.notnull() & raw.verdict.isin(PASSED))
    said = lines.dns.try_cast("json")
    seconds = said["ttl"].try_cast("int64")
    parsed = lines.mutate(
        name=said["query"].str,
        lifetime=seconds.between(0, _LONGEST).fill_null(False).ifelse(seconds, 0),  # noqa: FBT003  (a value, no switch)
        # A response code of 0, which is success, is left out in the lines.
        is_success=said["rcode"].try_cast("int64").fill_null(0) == 0,
        address=said["ips"].array,
    )
    named = parsed.filter(parsed.is_success & parsed.name.notnull())
    each = named.mutate(address=named.address.unnest())
    found = {
        "time": each.time_start,
        "expires": each.time_start + each.lifetime.as_interval("s"),
        "cluster": each.cluster,
        "client_address": each.destination_address,
        **{f"client_{name}": each[f"destination_{name}"] for name in _CLIENT},
        "name": each.name,
        "address": each.address.str,
        "source_file": each.source_file,
    }
    schema = ibis.Schema.from_pyarrow(READ_SCHEMA)
    return each.select(**{name: found[name].cast(kind) for name, kind in schema.items()})


_CLIENT: Final = ("k8s_namespace_name", "k8s_pod_name", "k8s_owner_kind", "k8s_owner_name")
