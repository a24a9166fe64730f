"""Policies of the connections that manifests declare, before anything runs (build-time)."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from workbench.generate.build_time.connections import Discovery
from workbench.generate.build_time.plan import Chosen, PlannedPolicy, denying_name, own_labels, planned
from workbench.generate.draft import Draft, Drafts, network_policy
from workbench.generate.generated import BUILD_TIME
from workbench.generate.needs import WhyLeftOut, merged_needs
from workbench.generate.peers import is_on_host
from workbench.generate.registry import strategy
from workbench.ground import MAX_PORT, MIN_PORT, ArgumentError, Problem, Severity
from workbench.policy import Direction, Metadata, Rule, Selector

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workbench.generate.context import Context
    from workbench.generate.needs import LeftOutNeed
    from workbench.inventory import Workload

__all__ = ["build_time", "checked_dns_port"]

_PORT_NAME: Final = re.compile(r"(?=.{1,15}\Z)(?=.*[a-z])[a-z0-9](?:-?[a-z0-9])*")


@strategy("build-time")
def build_time(context: Context, *, dns_port: int | str = 53, labelled: bool = True) -> Drafts:
    """Admit the connections that manifests declare, as roxctl netpol generate does, and deny all others.

    Parameters
    ----------
    dns_port : int or str
        Number or name of the port at which names are looked up.
    labelled : bool
        Whether policies have the label that roxctl gives them, by which they are found again.
    """
    port = checked_dns_port(dns_port)
    discovery = Discovery(context.cluster)
    choosing = _Choosing(context)
    plan = planned(discovery, choosing, port, lambda need: need.key not in context.without)
    metadata = Metadata.of(dict([BUILD_TIME])) if labelled else Metadata()
    asked = {one.peer for one in context.workloads}
    drafts = [_draft(one, metadata) for one in plan.policies if one.workload.peer in asked]
    whole = _whole_namespaces(context)
    drafts += [_denying(name, _is_written(discovery, listed), metadata) for name, listed in whole.items()]
    mine = {one for one in asked if choosing(context.ends.workloads[one]).why is None}
    return Drafts(
        tuple(drafts),
        (*discovery.left_out, *plan.left_out),
        _stale(context, drafts, whole),
        merged_needs(one for one in plan.needs if not asked.isdisjoint((one.src, one.dst))),
        (*discovery.problems, *_denied(plan.left_out, whole, asked - mine)),
    )


def checked_dns_port(given: int | str) -> int | str:
    """Return a port by its number or its name.

    Parameters
    ----------
    given : int or str

    Raises
    ------
    ArgumentError
        If it is neither.
    """
    port = int(given) if isinstance(given, str) and given.isascii() and given.isdigit() else given
    if isinstance(port, str) and _PORT_NAME.fullmatch(port) is not None:
        return port
    if isinstance(port, int) and not isinstance(port, bool) and MIN_PORT <= port <= MAX_PORT:
        return port
    message = f"{given!r:.80} is no port: a number from {MIN_PORT} to {MAX_PORT}, or a name such as dns"
    raise ArgumentError(message)


class _Choosing:
    """Chooses the pods of a workload by all its labels, if they choose no others (build-time 9)."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: dict[str, Chosen] = {}

    def __call__(self, workload: Workload, /) -> Chosen:
        if workload.peer not in self._known:
            self._known[workload.peer] = self._chosen(workload)
        return self._known[workload.peer]

    def _chosen(self, workload: Workload) -> Chosen:
        if is_on_host(workload):
            return Chosen(Selector(), WhyLeftOut.HOST_NETWORK)
        labels = self._context.labels
        selector = Selector.of(own_labels(workload))
        others = set(labels.chosen_by(workload.namespace, selector)) - {workload.peer}
        if selector.requirements and not others:
            return Chosen(selector)
        choice = labels.of(workload)
        return Chosen(choice.selector) if choice.refusal is None else Chosen(choice.selector, *choice.refusal)


def _draft(made: PlannedPolicy, metadata: Metadata) -> Draft:
    rules, reasons, anywhere = [], {}, {}
    for way in (Direction.INGRESS, Direction.EGRESS):
        for index, one in enumerate(made.rules(way)):
            rules.append(Rule(way, index, (one.peer,), one.match))
            reasons[way, index] = one.needs
            if one.anywhere:
                anywhere[way, index] = one.anywhere
    workload = made.workload
    policy = network_policy(workload.namespace, made.name, made.selector, rules=rules, metadata=metadata)
    because = "" if rules else "nothing in the manifests says who calls it"
    return Draft(policy, frozenset({workload.peer}), reasons, anywhere, because)


def _denying(namespace: str, is_written: bool, metadata: Metadata) -> Draft:  # noqa: FBT001  (of its manifests)
    policy = network_policy(namespace, denying_name(namespace if is_written else ""), Selector(), metadata=metadata)
    return Draft(policy, because="what no other policy admits is denied to all pods of the namespace")


def _whole_namespaces(context: Context) -> dict[str, list[Workload]]:
    """Return the namespaces of which all workloads are asked about: a policy that denies all is about all of them."""
    everyone: defaultdict[str, list[Workload]] = defaultdict(list)
    for workload in context.cluster.objects.workloads:
        everyone[workload.namespace].append(workload)
    asked = {one.peer for one in context.workloads}
    return {name: listed for name, listed in everyone.items() if all(one.peer in asked for one in listed)}


def _is_written(discovery: Discovery, workloads: Iterable[Workload]) -> bool:
    """Tell whether manifests name the namespace of some workloads; ``default`` is that of those that name none."""
    return any(manifest.namespace for one in workloads for manifest in discovery.written.of(one))


def _stale(context: Context, drafts: list[Draft], namespaces: Iterable[str]) -> tuple[str, ...]:
    """Return the policies of an earlier run in these namespaces, which are not made again (build-time 10)."""
    renewed, places = {one.ref for one in drafts}, set(namespaces)
    return tuple(
        one.ref
        for one in context.cluster.objects.policies
        if one.namespace in places and BUILD_TIME in one.metadata.labels and one.ref not in renewed
    )


def _denied(left_out: Iterable[LeftOutNeed], namespaces: Iterable[str], peers: set[str]) -> list[Problem]:
    """Return which workloads are denied all though they have connections, since no policy is about them alone."""
    places = set(namespaces)
    found = []
    for one in left_out:
        is_denied = one.subject in peers and one.subject.partition("/")[0] in places
        if is_denied and one.why is not WhyLeftOut.HOST_NETWORK:
            message = f"no policy is made for it ({one.why.meaning}), and all its connections are denied"
            remedy = "give its pods a label that no other pods of the namespace have"
            found.append(Problem(Severity.WARNING, "denied-without-policy", message, remedy, object=one.subject))
    return found
