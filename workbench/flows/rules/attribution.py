"""Which workload, Service or node stands at each end: by name, owner, labels or address (flow-rules N16)."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Final

import ibis

from workbench.flows.rules.ends import cell
from workbench.flows.rules.lifetimes import AMBIGUOUS
from workbench.flows.rules.lookups import Lookups
from workbench.flows.rules.owners import CERTAIN_UNLESS, with_owners
from workbench.flows.schema import ENDS
from workbench.ground import INTERNAL_ENTITIES
from workbench.inventory import GENERATED_KEYS

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["attributed", "labels_text"]

_GIVEN: Final = "given_"


def attributed(rows: ir.Table, lookups: Lookups) -> ir.Table:
    """Return `rows` whose ends are resolved against a cluster; their number stays.

    An end is resolved by the name of its pod, else by its owner, else by its labels, else by its
    address at the time of the flow. ``{end}_kind`` becomes ``workload``, ``service`` or ``node`` then. An
    owner that the source gives, or that a pod's name tells, makes a ``workload`` even if the cluster
    does not have it. What several could be stays unresolved, with ``{end}_is_ambiguous``; what no workload
    is stays ``unknown``, but for private addresses that no one in a cluster with known addresses has
    ever had: these are ``external``, labelled `INTERNAL_ENTITIES` (flow-rules N12).

    ``{end}_k8s_owner_kind`` and ``_name``, ``{end}_kind``, and where they were missing namespace, pod,
    Service, node and network label change, and ``{end}_is_ambiguous`` is added. Rows that span a time in which
    an address changed hands are ambiguous: group by time no coarser than pods come and go.
    """
    columns = [*rows.columns, *(f"{end}_{part}" for end in ENDS for part in _ATTRIBUTED)]
    given = rows.mutate(
        **{
            f"{_GIVEN}{end}_{part}": cell(rows, f"{end}_k8s_owner_{part}").nullif("") for end in ENDS for part in _PARTS
        },
        **{f"{end}_{part}": cell(rows, f"{end}_{part}") for end in ENDS for part in _FILLED},
    )
    found = reduce(lambda table, end: _by_name(table, lookups, end), ENDS, with_owners(given))
    found = reduce(lambda table, end: _by_labels(table, lookups, end), ENDS, found)
    found = reduce(lambda table, end: _by_address(table, lookups, end), ENDS, found)
    return found.select(*dict.fromkeys(columns))


_PARTS: Final = ("kind", "name")
_ATTRIBUTED: Final = (
    "k8s_namespace_name",
    "k8s_owner_kind",
    "k8s_owner_name",
    "k8s_service_name",
    "k8s_node_name",
    "network_label",
    "is_ambiguous",
)
"""What is added for each end where rows that were grouped do not have it."""
_FILLED: Final = (
    "k8s_namespace_name",
    "k8s_pod_name",
    "k8s_service_name",
    "k8s_node_name",
    "k8s_pod_labels",
    "address",
    "network_label",
)


def _by_name(rows: ir.Table, lookups: Lookups, end: str) -> ir.Table:
    """Resolve an end by its pod, else by the owner that was given, else by the one that was derived."""
    pods, owners, names = (lookups.table(name, f"{name}_") for name in ("pods", "owners", "names"))
    namespace, before = f"{end}_k8s_namespace_name", [f"{_GIVEN}{end}_{part}" for part in _PARTS]
    joined = (
        rows.left_join(pods, [(namespace, "pods_namespace"), (f"{end}_k8s_pod_name", "pods_pod")])
        .left_join(
            owners,
            [(namespace, "owners_namespace"), (before[0], "owners_owner_kind"), (before[1], "owners_owner")],
        )
        .left_join(names, [(namespace, "names_namespace"), (f"{end}_k8s_owner_name", "names_owner")])
    )
    by_pod, by_owner = joined.pods_owner.notnull(), joined.owners_owner.notnull()
    is_guess = joined[f"{_GIVEN}{end}_kind"].isnull() | joined[f"{_GIVEN}{end}_kind"].isin(CERTAIN_UNLESS)
    by_guess = joined.names_owner.notnull() & is_guess
    return _only(
        joined,
        rows,
        {
            f"{end}_k8s_owner_kind": ibis.cases(
                (by_pod, joined.pods_owner_kind),
                (by_owner, joined.owners_owner_kind),
                (by_guess, joined.names_owner_kind),
                else_=joined[f"{end}_k8s_owner_kind"],
            ),
            f"{end}_k8s_owner_name": ibis.cases(
                (by_pod, joined.pods_owner),
                (by_owner, joined.owners_owner),
                else_=joined[f"{end}_k8s_owner_name"],
            ),
            f"{end}_k8s_node_name": ibis.coalesce(joined[f"{end}_k8s_node_name"], joined.pods_node.nullif("")),
        },
    )


def _by_labels(rows: ir.Table, lookups: Lookups, end: str) -> ir.Table:
    """Resolve an end that is known by labels only: the one workload of its namespace whose labels contain them.

    Labels that controllers write tell nothing here, and no labels are not those of every pod.
    """
    labels = rows[f"{end}_k8s_pod_labels"]
    is_needed = _is_nameless(rows, end) & rows[f"{end}_k8s_namespace_name"].notnull() & labels.notnull()
    asked = rows.mutate(own_labels=is_needed.ifelse(_own_labels(labels), None))
    one = _workload_of_labels(asked, lookups, end)
    joined = asked.left_join(
        one, (asked[f"{end}_k8s_namespace_name"] == one.one_namespace) & (asked.own_labels == one.one_labels)
    )
    is_found = joined.one_count.fill_null(0) == 1
    return _only(
        joined,
        rows,
        {
            f"{end}_k8s_owner_kind": is_found.ifelse(joined.one_owner_kind, joined[f"{end}_k8s_owner_kind"]),
            f"{end}_k8s_owner_name": is_found.ifelse(joined.one_owner, joined[f"{end}_k8s_owner_name"]),
            f"{end}_is_ambiguous": joined.one_count.fill_null(0) > 1,
        },
    )


def labels_text(labels: ir.MapValue) -> ir.StringValue:
    """Return labels as ``a=b,c=d``, sorted, without those that controllers write; NULL without any."""
    return _own_labels(labels).map(lambda label: label["key"] + "=" + label["value"]).join(",")


def _own_labels(labels: ir.MapValue) -> ir.ArrayValue:
    """Return keys and values, sorted, without those that controllers write; NULL without any.

    It is no map: engines compare lists, and join by them, but not maps.
    """
    own_keys = labels.keys().filter(_is_own).sort()
    found = own_keys.map(lambda key: ibis.struct({"key": key, "value": labels[key]}))
    return (own_keys.length() > 0).ifelse(found, None)


def _is_own(key: ir.StringValue) -> ir.BooleanValue:
    return key.notin(sorted(GENERATED_KEYS))


def _workload_of_labels(asked: ir.Table, lookups: Lookups, end: str) -> ir.Table:
    """Return how many workloads have the labels asked for, and one of them: a row for each namespace and labels."""
    named = asked.filter(asked.own_labels.notnull())
    several = named.select(namespace=named[f"{end}_k8s_namespace_name"], labels=named.own_labels).distinct()
    apart = several.mutate(label=several.labels.unnest(), wanted=several.labels.length())
    apart = apart.mutate(key=apart.label["key"], value=apart.label["value"])
    shapes = lookups.table("labels", "shape_")
    by = [("namespace", "shape_namespace"), ("key", "shape_key"), ("value", "shape_value")]
    matched = apart.join(shapes, by)
    counted = matched.group_by("namespace", "labels", "wanted", "shape_shape", "shape_owner_kind", "shape_owner")
    contained = counted.aggregate(have=matched.count())
    whole = contained.filter(contained.have == contained.wanted)
    owners = whole.select("namespace", "labels", "shape_owner_kind", "shape_owner").distinct()
    return owners.group_by(one_namespace=owners.namespace, one_labels=owners.labels).aggregate(
        one_count=owners.count(), one_owner_kind=owners.shape_owner_kind.min(), one_owner=owners.shape_owner.min()
    )


def _by_address(rows: ir.Table, lookups: Lookups, end: str) -> ir.Table:
    """Resolve an end by who had its address then, and decide what it is."""
    first, last, known = lookups.table("stays", "first_"), lookups.table("stays", "last_"), lookups.table("addresses")
    is_named = rows[f"{end}_k8s_service_name"].notnull() & rows[f"{end}_k8s_namespace_name"].notnull()
    is_open = _is_nameless(rows, end) & (rows[f"{end}_kind"] != "network_set") & ~is_named
    start = rows.time_start
    finish = cell(rows, "time_end").fill_null(start)
    asked = rows.mutate(asked=is_open.ifelse(rows[f"{end}_address"], None), asked_start=start, asked_end=finish)
    joined = asked.left_join(
        first,
        (asked.asked == first.first_address)
        & (first.first_start <= asked.asked_start)
        & (asked.asked_start < first.first_end),
    )
    joined = joined.select(*asked.columns, *first.columns)
    joined = joined.left_join(
        last,
        (joined.asked == last.last_address)
        & (last.last_start <= joined.asked_end)
        & (joined.asked_end < last.last_end),
    )
    joined = joined.left_join(known, [("asked", "address")])
    return _only(joined, rows, _decided(joined, lookups, end))


def _decided(joined: ir.Table, lookups: Lookups, end: str) -> dict[str, ir.Value]:
    """Return the columns of an end, given who had its address at the first and at the last moment of the flow."""

    def entry(column: str) -> ir.Value:
        return ibis.coalesce(joined[f"first_{column}"], joined[f"last_{column}"])

    def filled(column: str, found: str, condition: ir.BooleanValue) -> ir.Value:
        return ibis.coalesce(joined[f"{end}_{column}"], condition.ifelse(entry(found).nullif(""), None))

    handed_over = (joined.first_run != joined.last_run).fill_null(False)  # noqa: FBT003  (a value, no switch)
    several = handed_over | (entry("kind") == AMBIGUOUS).fill_null(False)  # noqa: FBT003  (likewise)
    found = entry("kind").notnull() & ~several
    by_workload = found & (entry("kind") == "workload")
    same_pod = (joined.first_pod == joined.last_pod).fill_null(True)  # noqa: FBT003  (likewise)
    kind, name = joined[f"{end}_k8s_owner_kind"], joined[f"{end}_k8s_owner_name"]
    ambiguous = (joined[f"{end}_is_ambiguous"] & ~found) | several
    was = joined[f"{end}_kind"]
    unowned = joined.asked.notnull() & joined.address.isnull() & (was == "unknown") & ~ambiguous
    outside = unowned & joined[f"{end}_k8s_namespace_name"].isnull() & lookups.knows_addresses
    is_service = joined[f"{end}_k8s_service_name"].notnull() | (was == "service")
    return {
        f"{end}_is_ambiguous": ambiguous,
        f"{end}_kind": ibis.cases(
            (found, entry("kind")),
            (was == "node", "node"),
            (several, "unknown"),
            (name.notnull() & joined[f"{end}_k8s_namespace_name"].notnull(), "workload"),
            (is_service & (was != "external"), "service"),
            (outside, "external"),
            else_=was,
        ),
        f"{end}_k8s_owner_kind": by_workload.ifelse(entry("owner_kind").nullif(""), kind),
        f"{end}_k8s_owner_name": by_workload.ifelse(entry("owner").nullif(""), name),
        f"{end}_k8s_namespace_name": filled("k8s_namespace_name", "namespace", found),
        f"{end}_k8s_pod_name": filled("k8s_pod_name", "pod", by_workload & same_pod),
        f"{end}_k8s_service_name": filled("k8s_service_name", "service", found),
        f"{end}_k8s_node_name": filled("k8s_node_name", "node", found),
        f"{end}_network_label": ibis.coalesce(joined[f"{end}_network_label"], outside.ifelse(INTERNAL_ENTITIES, None)),
    }


def _is_nameless(rows: ir.Table, end: str) -> ir.BooleanValue:
    return rows[f"{end}_k8s_pod_name"].isnull() & rows[f"{end}_k8s_owner_name"].isnull()


def _only(joined: ir.Table, rows: ir.Table, new: dict[str, ir.Value]) -> ir.Table:
    """Return the columns of `rows`, some of them new, and new ones behind."""
    kept = [joined[name] for name in rows.columns if name not in new]
    return joined.select(*kept, **new)
