"""The recipes that guides give: default deny, same namespace, hub and spoke, opt-in labels (generate 9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from workbench.generate.draft import Draft, Drafts, RuleKey, network_policy
from workbench.generate.naming import policy_name
from workbench.generate.needs import Basis, LeftOutNeed, Need, WhyLeftOut
from workbench.generate.peers import internet
from workbench.generate.registry import strategy
from workbench.ground import ArgumentError, PortSet, parse_ports
from workbench.inventory import peer_text
from workbench.policy import EVERYTHING, Anyone, Direction, Pods, PortMatch, Rule, RulePeer, Selector

if TYPE_CHECKING:
    from workbench.generate.context import Context
    from workbench.inventory import Workload

__all__ = ["recipe"]

Name: TypeAlias = Literal[
    "default-deny",
    "default-deny-ingress",
    "default-deny-egress",
    "allow-all-ingress",
    "allow-all-egress",
    "allow-same-namespace",
    "allow-from-namespaces",
    "allow-dns",
    "allow-internet-access",
    "allow-new-deployments",
    "hub-and-spoke",
]
INTERNET_LABEL: Final = ("networking/allow-internet-access", "true")
NEW_LABEL: Final = ("networking/allow-all-connections", "true")
_IN, _OUT = Direction.INGRESS, Direction.EGRESS
_RulesOf: TypeAlias = "list[tuple[Direction, tuple[RulePeer, ...], PortSet, str]]"


@dataclass(frozen=True)
class _Asked:
    """What a recipe is asked for, in one namespace."""

    context: Context
    namespace: str
    peers: tuple[str, ...]
    hub: str
    ports: PortSet
    client: str
    workloads: tuple[Workload, ...]


@strategy("recipe")
def recipe(
    context: Context,
    *,
    name: Name = "default-deny",
    peers: tuple[str, ...] = (),
    hub: str = "",
    ports: str = "",
    client: Literal["kubectl", "oc"] = "kubectl",
) -> Drafts:
    """Write a recipe of the usual guides, for every namespace that is asked about.

    Parameters
    ----------
    name : str
        Which recipe.
    peers : tuple of str
        Namespaces that may call, of allow-from-namespaces; workloads that get the label, of allow-internet-access and
        allow-new-deployments.
    hub : str
        The workload that all others may call, and that may call them, of hub-and-spoke.
    ports : str
        Such as ``TCP 8080``; all where it is empty.
    client : {"kubectl", "oc"}
        Which command labels are set with.
    """
    try:
        numbers = parse_ports(ports)
    except ValueError as error:
        raise ArgumentError(str(error)) from error
    within: dict[str, list[Workload]] = {}
    for workload in context.workloads:
        within.setdefault(workload.namespace, []).append(workload)
    for namespace in context.namespaces:
        if not context.is_protected(namespace):
            within.setdefault(namespace, [])
    found = Drafts(left_out=_unknown_labelled(context, peers) if name in _LABELLING else ())
    for namespace, workloads in sorted(within.items()):
        asked = _Asked(context, namespace, peers, hub, numbers, client, tuple(workloads))
        found |= _RECIPES[name](asked)
    return found


def _policy(  # noqa: PLR0913  (what a policy is made of)
    asked: _Asked,
    name: str,
    pods: Selector,
    isolates: tuple[Direction, ...],
    rules: _RulesOf,
    *,
    because: str,
    workloads: frozenset[str] | None = None,
) -> Draft:
    counts = dict.fromkeys(Direction, 0)
    made: list[Rule] = []
    reasons: dict[RuleKey, tuple[Need, ...]] = {}
    anywhere: dict[RuleKey, str] = {}
    for direction, peers, ports, why in rules:
        key = (direction, counts[direction])
        made.append(Rule(direction, counts[direction], peers, PortMatch(ports)))
        counts[direction] += 1
        mine = f"{asked.namespace} pods: {pods}"
        others = ", ".join(peer_text(peer) for peer in peers)
        ends = (others, mine) if direction is _IN else (mine, others)
        reasons[key] = (Need(*ends, ports, Basis.RECIPE, f"{name}: {why}"),)
        if any(isinstance(peer, Anyone) for peer in peers):
            anywhere[key] = why
    policy = network_policy(asked.namespace, policy_name(name), pods, isolates, made)
    return Draft(policy, workloads, MappingProxyType(reasons), MappingProxyType(anywhere), because=because)


def _denying(*ways: Direction) -> Callable[[_Asked], Drafts]:
    suffix = "" if len(ways) > 1 else f"-{ways[0].value}"

    def denied(asked: _Asked) -> Drafts:
        because = f"what no other policy allows is denied: {' and '.join(way.value for way in ways)}"
        return Drafts((_policy(asked, f"default-deny{suffix}", EVERYTHING, ways, [], because=because),))

    return denied


def _allowing(way: Direction) -> Callable[[_Asked], Drafts]:
    def allowed(asked: _Asked) -> Drafts:
        why = f"all {way.value} is allowed on purpose"
        rules: _RulesOf = [(way, (Anyone(),), asked.ports, why)]
        return Drafts((_policy(asked, f"allow-all-{way.value}", EVERYTHING, (way,), rules, because=why),))

    return allowed


def _same_namespace(asked: _Asked) -> Drafts:
    why = "pods of one namespace may call each other"
    mine = (Pods(asked.namespace, EVERYTHING),)
    rules: _RulesOf = [(_IN, mine, asked.ports, why), (_OUT, mine, asked.ports, why)]
    return Drafts((_policy(asked, "allow-same-namespace", EVERYTHING, (_IN, _OUT), rules, because=why),))


def _from_namespaces(asked: _Asked) -> Drafts:
    known = {one.name for one in asked.context.cluster.objects.namespaces}
    if not asked.peers or not known.issuperset(asked.peers):
        unknown = sorted(set(asked.peers) - known)
        message = f"there is no namespace {unknown[0]!r}" if unknown else "allow-from-namespaces needs peers"
        raise ArgumentError(message, "give the namespaces that may call as the option peers")
    why = f"pods of {', '.join(asked.peers)} may call"
    rules: _RulesOf = [(_IN, tuple(Pods(one, EVERYTHING) for one in sorted(asked.peers)), asked.ports, why)]
    name = f"allow-from-{'-'.join(sorted(asked.peers))}"
    return Drafts((_policy(asked, name, EVERYTHING, (_IN,), rules, because=why),))


def _dns(asked: _Asked) -> Drafts:
    from workbench.generate.allowances.finding import allowed, chosen_allowances  # noqa: PLC0415  (pydantic)

    found = next(iter(allowed(asked.context, chosen_allowances(["dns"]), (), whole=True).allowed), None)
    if found is None:
        return Drafts()
    rules: _RulesOf = [(_OUT, found.peers, found.need.ports, found.need.said_by)]
    return Drafts((_policy(asked, "allow-dns", EVERYTHING, (_OUT,), rules, because=found.need.said_by),))


def _internet_access(asked: _Asked) -> Drafts:
    why = f"pods with the label {'='.join(INTERNET_LABEL)} may call the internet"
    rules: _RulesOf = [(_OUT, internet(), asked.ports, why)]
    draft = _policy(asked, "allow-internet-access", Selector.of(dict([INTERNET_LABEL])), (_OUT,), rules, because=why)
    return Drafts((draft,), commands=tuple(_labelling(asked, INTERNET_LABEL)))


def _new_deployments(asked: _Asked) -> Drafts:
    why = f"pods with the label {'='.join(NEW_LABEL)} are open until policies for them are there"
    rules: _RulesOf = [(_IN, (Anyone(),), asked.ports, why), (_OUT, (Anyone(),), asked.ports, why)]
    draft = _policy(asked, "allow-new-deployments", Selector.of(dict([NEW_LABEL])), (_IN, _OUT), rules, because=why)
    return Drafts((draft,), commands=tuple(_labelling(asked, NEW_LABEL)))


def _unknown_labelled(context: Context, names: tuple[str, ...]) -> tuple[LeftOutNeed, ...]:
    """Return the workloads that are to get a label and are none of those that are asked about."""
    known = {name for one in context.workloads for name in (one.peer, f"{one.namespace}/{one.name}")}
    return tuple(
        LeftOutNeed(WhyLeftOut.UNRESOLVED, one, "no such workload is asked about: it gets no label")
        for one in names
        if one not in known
    )


def _labelling(asked: _Asked, label: tuple[str, str]) -> Iterator[str]:
    """Yield the commands that give the label to the pods of the workloads that are named."""
    key, value = label
    patch = f'{{"spec":{{"template":{{"metadata":{{"labels":{{"{key}":"{value}"}}}}}}}}}}'
    for workload in asked.workloads:
        if workload.peer not in asked.peers and f"{workload.namespace}/{workload.name}" not in asked.peers:
            continue
        if workload.kind == "Pod":
            yield f"{asked.client} -n {workload.namespace} label pod {workload.name} {key}={value}"
        else:
            yield f"{asked.client} -n {workload.namespace} patch {workload.kind.lower()} {workload.name} -p '{patch}'"


def _hub_and_spoke(asked: _Asked) -> Drafts:
    hub = next(
        (one for one in asked.workloads if asked.hub in {one.peer, f"{one.namespace}/{one.name}", one.name}), None
    )
    if not asked.hub:
        message = "hub-and-spoke needs the workload in the middle"
        raise ArgumentError(message, "give it as the option hub")
    if hub is None:
        return Drafts(left_out=(LeftOutNeed(WhyLeftOut.UNRESOLVED, asked.namespace, f"there is no {asked.hub} in it"),))
    choice = asked.context.labels.of(hub)
    if not choice.is_exact:
        return Drafts(left_out=(LeftOutNeed(WhyLeftOut.TOO_WIDE, hub.peer, ", ".join(choice.others)),))
    everyone, middle = (Pods(asked.namespace, EVERYTHING),), (Pods(asked.namespace, choice.selector),)
    why = f"all pods of {asked.namespace} and {hub.peer} may call each other"
    of_hub: _RulesOf = [(_IN, everyone, asked.ports, why), (_OUT, everyone, asked.ports, why)]
    of_spokes: _RulesOf = [(_IN, middle, asked.ports, why), (_OUT, middle, asked.ports, why)]
    return Drafts(
        (
            _policy(
                asked,
                f"hub-{hub.name}",
                choice.selector,
                (_IN, _OUT),
                of_hub,
                because=why,
                workloads=frozenset({hub.peer}),
            ),
            _policy(asked, f"spokes-of-{hub.name}", EVERYTHING, (_IN, _OUT), of_spokes, because=why),
        )
    )


_LABELLING: Final = frozenset({"allow-internet-access", "allow-new-deployments"})
"""Of these, the peers are workloads that get a label."""
_RECIPES: Final[Mapping[str, Callable[[_Asked], Drafts]]] = MappingProxyType(
    {
        "default-deny": _denying(_IN, _OUT),
        "default-deny-ingress": _denying(_IN),
        "default-deny-egress": _denying(_OUT),
        "allow-all-ingress": _allowing(_IN),
        "allow-all-egress": _allowing(_OUT),
        "allow-same-namespace": _same_namespace,
        "allow-from-namespaces": _from_namespaces,
        "allow-dns": _dns,
        "allow-internet-access": _internet_access,
        "allow-new-deployments": _new_deployments,
        "hub-and-spoke": _hub_and_spoke,
    }
)
