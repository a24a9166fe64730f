"""Which policies apply to what is selected, where each is written, and what each of its rules carries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from textwrap import dedent
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pandas as pd

from workbench.ground import ArgumentError, PortSet, addresses_named
from workbench.manifests import FieldPath, field_line, field_path
from workbench.policy import Direction, Policy, Tier, write_policies

if TYPE_CHECKING:
    from datetime import datetime

    from workbench.connectivity import Connection, Connectivity
    from workbench.panels.details.state import DetailsState
    from workbench.panels.details.subject import Subject

from workbench.panels.details.subject import SubjectKind

__all__ = [
    "Carried",
    "Isolation",
    "carried_by_rules",
    "isolation_of",
    "policies_in_view",
    "policy_yaml",
    "tier_name",
    "yaml_of",
]

MOST_ENDS: Final = 200
"""Ends beyond which it is not asked what each rule carries."""


class Isolation(NamedTuple):
    """Which directions of a workload NetworkPolicies isolate (RHACS E13), and what follows from it.

    Attributes
    ----------
    directions : frozenset of Direction
        Those in which what no rule allows is denied.
    ruled : frozenset of Direction
        Those about which some policy has rules, of any tier.
    """

    directions: frozenset[Direction]
    ruled: frozenset[Direction]

    @property
    def badge(self) -> str:
        """``both``, ``ingress``, ``egress`` or ``none``."""
        if len(self.directions) == len(Direction):
            return "both"
        return next((direction.value for direction in Direction if direction in self.directions), "none")

    @property
    def messages(self) -> tuple[str, ...]:
        """What is missing, a sentence for each direction that nothing isolates."""
        return tuple(text for one in Direction for text in self.messages_for(one))

    def messages_for(self, direction: Direction) -> tuple[str, ...]:
        """Return what is missing in one direction: a sentence, or nothing.

        Parameters
        ----------
        direction : Direction
        """
        return () if direction in self.directions else (self._message(direction),)

    def _message(self, direction: Direction) -> str:
        if direction in self.ruled:
            rest = f"what its admin and baseline rules do not deny is allowed for {direction}"
            return f"No NetworkPolicy selects it for {direction}: {rest}."
        return f"No policy selects it for {direction}: all {direction} is allowed."


def isolation_of(policies: Iterable[Policy]) -> Isolation:
    """Return what policies that select a workload isolate of it.

    Parameters
    ----------
    policies : iterable of Policy
    """
    listed = list(policies)
    isolated = frozenset(direction for policy in listed for direction in policy.isolates)
    return Isolation(isolated, frozenset(rule.direction for policy in listed for rule in policy.rules))


def tier_name(tier: Tier) -> str:
    """Return a tier as tables call it.

    Parameters
    ----------
    tier : Tier
    """
    return tier.name.lower().replace("_", "-")


def policies_in_view(state: DetailsState) -> list[Policy]:
    """Return the policies that apply to what is selected, as they are evaluated; all where nothing is selected.

    Of namespaces, those that are written there, and those that select their workloads; of addresses, those that
    decide what is allowed or was seen.

    Parameters
    ----------
    state : DetailsState
    """
    connectivity, subject = state.scope.connectivity, state.subject
    everything = connectivity.cluster.objects.policies
    match subject.kind:
        case SubjectKind.NOTHING:
            found = list(everything)
        case SubjectKind.EDGE:
            found = _of_pair(connectivity, subject)
        case SubjectKind.WORKLOAD | SubjectKind.WORKLOADS:
            found = connectivity.policies_of(state.ends)
        case SubjectKind.NAMESPACES:
            own = [policy for policy in everything if policy.namespace in subject.names]
            found = [*own, *(connectivity.policies_of(state.ends) if state.ends else ())]
        case _:
            deciding = {ref for refs in state.traffic["decided_by"] for ref in refs}
            found = [policy for policy in everything if policy.ref in deciding]
    by_ref = {policy.ref: policy for policy in found}
    return sorted(by_ref.values(), key=lambda one: (one.tier, one.priority, one.namespace, one.name))


def _of_pair(connectivity: Connectivity, subject: Subject) -> list[Policy]:
    """Return the policies that have a say about a pair: of its source's egress, and of its destination's ingress."""
    sides = zip(subject.names, (Direction.EGRESS, Direction.INGRESS), strict=True)
    return [
        policy
        for name, direction in sides
        for policy in connectivity.policies_of(name)
        if direction in policy.isolates or any(rule.direction is direction for rule in policy.rules)
    ]


# --- as they are written ---------------------------------------------------------------------------------------------


def policy_yaml(policy: Policy) -> str:
    """Return a policy as YAML: the text that a person wrote where there is one, else written anew.

    Parameters
    ----------
    policy : Policy
    """
    text = dedent(policy.source.text).strip("\n")
    if text.strip() and not policy.source.prefix and not text.lstrip().startswith(("{", "[")):
        return f"{text.rstrip()}\n"
    try:
        return write_policies(policy)
    except ArgumentError as error:
        return f"{text.strip()}\n" if text.strip() else f"# {error}\n"


def yaml_of(policies: Iterable[Policy]) -> str:
    """Return policies as one YAML stream, each with the file and the line where it is written.

    Parameters
    ----------
    policies : iterable of Policy
    """
    return "---\n".join(f"{_written_at(policy)}{policy_yaml(policy)}" for policy in policies)


def _written_at(policy: Policy) -> str:
    place = place_of(policy)
    return f"# {place}\n" if place and place.isprintable() else ""


def place_of(policy: Policy, path: FieldPath = ()) -> str:
    """Return the file and the line of a policy, or of a field of it; empty for one that was made in Python.

    Parameters
    ----------
    policy : Policy
    path : tuple of str or int, optional
    """
    line = field_line(policy.source, path) if path else policy.source.line
    return f"{policy.source.file}:{line}" if policy.source.file and line else policy.source.file


# --- what they carry -------------------------------------------------------------------------------------------------


class Carried(NamedTuple):
    """What one rule carries of what is selected.

    Attributes
    ----------
    pairs : tuple of (str, str, str)
        Source, destination and the ports that the rule allows between them.
    flows : int
        Those that were seen of it.
    last_seen : datetime or None
        When any of it was last seen; None where none was.
    """

    pairs: tuple[tuple[str, str, str], ...] = ()
    flows: int = 0
    last_seen: datetime | None = None


def carried_by_rules(
    connectivity: Connectivity, ends: Sequence[str], traffic: pd.DataFrame, edge: tuple[str, str] | None = None
) -> dict[tuple[str, str], Carried] | None:
    """Return what the rules of policies carry from and to some workloads.

    Parameters
    ----------
    connectivity : Connectivity
    ends : sequence of str
    traffic : DataFrame
        Of these ends, as `traffic_of` returns it.
    edge : (str, str), optional
        Keep to what goes from the first to the second.

    Returns
    -------
    dict or None
        By policy (``Kind namespace/name``) and path of the rule; None for more ends than are asked about.
    """
    known = [name for name in ends if connectivity.knows(name)]
    if len(known) > MOST_ENDS:
        return None
    connections = _connections(connectivity, known, edge)
    seen = _Seen(traffic)
    found: defaultdict[tuple[str, str], list[tuple[Connection, PortSet]]] = defaultdict(list)
    for connection, decisions in zip(connections, connectivity.rules_allowing(connections), strict=True):
        for decision in decisions:
            found[decision.ref, field_path(decision.path)].append((connection, decision.ports))
    return {rule: seen.of(carried) for rule, carried in found.items()}


def _connections(connectivity: Connectivity, known: Sequence[str], edge: tuple[str, str] | None) -> list[Connection]:
    from workbench.connectivity import Focus  # noqa: PLC0415  (numpy takes its time)

    if not known:
        return []
    found = connectivity.focus(Focus(tuple(known))).connections()
    if edge is None:
        return found
    return [one for one in found if _is(one.src.name, edge[0]) and _is(one.dst.name, edge[1])]


def _is(name: str, asked: str) -> bool:
    """Tell whether an end of a connection is the one that is asked about, or a range that shares addresses with it."""
    if name == asked or name.startswith(f"{asked}{{"):
        return True
    own, theirs = addresses_named(name), addresses_named(asked)
    return own is not None and theirs is not None and bool(own & theirs)


class _Seen:
    """When connections were last seen to pass."""

    def __init__(self, traffic: pd.DataFrame) -> None:
        self._rows: defaultdict[tuple[str, str], list[Any]] = defaultdict(list)
        for row in traffic[traffic["flows"] > traffic["flows_denied"]].itertuples(index=False):
            self._rows[_inside(str(row.src)), _inside(str(row.dst))].append(row)

    def of(self, carried: Sequence[tuple[Connection, PortSet]]) -> Carried:
        rows = [row for connection, ports in carried for row in self._matching(connection, ports)]
        last = max((row.last_seen for row in rows if not pd.isna(row.last_seen)), default=None)
        pairs = tuple((one.src.name, one.dst.name, str(ports)) for one, ports in carried)
        return Carried(pairs, sum(int(row.flows - row.flows_denied) for row in rows), last)

    def _matching(self, connection: Connection, ports: PortSet) -> Iterator[Any]:
        ends = [_inside(peer.name.removesuffix(peer.shape)) for peer in (connection.src, connection.dst)]
        for row in self._rows.get((ends[0], ends[1]), ()):
            names = ((connection.src, row.src), (connection.dst, row.dst))
            held = all(peer.addresses is None or _is(name, peer.name) for peer, name in names)
            if held and any(ports.contains(protocol, first) for protocol, first, _ in row.intervals):
                yield row


def _inside(name: str) -> str:
    """Return the name of an end, and of one that is addresses none."""
    return name if addresses_named(name) is None else ""
