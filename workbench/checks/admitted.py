"""Whom a rule opens that is not meant to be open: neither opted in by a label nor offered to clients outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from workbench.checks.resolver import DNS_PORTS
from workbench.ground import ALL_PORTS, NO_PORTS, PortSet, listed
from workbench.inventory import port_match_text
from workbench.policy import Action, Direction, PortMatch, Tier

if TYPE_CHECKING:
    from workbench.checks.context import CheckContext
    from workbench.inventory import PodVariant, Workload
    from workbench.policy import Policy, Rule

__all__ = ["Opened", "asks_names_only", "is_opening", "opened_by", "ports_at", "ports_words", "side_of"]

NO_CONNECTION: Final = ("", "", "")


class Opened(NamedTuple):
    """The workloads that a rule opens to outside, and that are not meant to be open so far.

    Attributes
    ----------
    workloads : tuple of str
        Their names.
    offered : PortSet
        Ports at which all of them are offered to clients outside: the rule opens more. Empty where some are not
        offered at all.
    connection : (str, str, str)
        An allowed connection that shows it; empty texts where policies before it deny all of it.
    """

    workloads: tuple[str, ...]
    offered: PortSet
    connection: tuple[str, str, str]


def is_opening(policy: Policy, rule: Rule) -> bool:
    """Tell whether a rule allows what is not allowed without it.

    Parameters
    ----------
    policy : Policy
    rule : Rule
    """
    return rule.action is Action.ALLOW and policy.tier is not Tier.BASELINE


def side_of(rule: Rule) -> str:
    """Return the field of a rule that names its peers.

    Parameters
    ----------
    rule : Rule
    """
    return "from" if rule.direction is Direction.INGRESS else "to"


def ports_words(rule: Rule) -> str:
    """Return the ports of a rule in words.

    Parameters
    ----------
    rule : Rule
    """
    return "all ports" if rule.ports == PortMatch() else port_match_text(rule.ports)


def ports_at(rule: Rule, shape: PodVariant) -> PortSet:
    """Return the ports of a rule at pods, which know what its names stand for.

    Parameters
    ----------
    rule : Rule
    shape : PodVariant
        Of the pods at the receiving end.
    """
    return rule.ports.numbers | PortSet.union_of(
        PortSet.of(port.protocol, port.port)
        for named in rule.ports.named
        for port in shape.ports
        if port.name == named.name and named.protocol in {None, port.protocol}
    )


def asks_names_only(rule: Rule) -> bool:
    """Tell whether an egress rule is about the ports of name servers and no others.

    Parameters
    ----------
    rule : Rule
    """
    named = all(one.name.startswith("dns") for one in rule.ports.named)
    return rule.direction is Direction.EGRESS and named and not rule.ports.numbers - DNS_PORTS


def opened_by(context: CheckContext, policy: Policy, rule: Rule) -> Opened:
    """Return whom a rule that is about addresses outside opens, and is not meant to.

    Workloads with one of the labels that opt in are meant; so are, for ingress, those that an Ingress, a route or a
    Service leads to from outside, as far as the rule keeps to the ports where that arrives.

    Parameters
    ----------
    context : CheckContext
    policy : Policy
    rule : Rule
        One of its rules.
    """
    found: list[str] = []
    every_offer: list[PortSet] = []
    connection = NO_CONNECTION
    for workload, shapes in context.selected[policy.ref]:
        if all(_is_opted_in(context, shape) for shape in shapes):
            continue
        offers = _offered(context, workload) if rule.direction is Direction.INGRESS else NO_PORTS
        ports = PortSet.union_of(ports_at(rule, shape) for shape in shapes)
        if rule.direction is Direction.EGRESS:
            ports = rule.ports.numbers if not rule.ports.named else ALL_PORTS
        if offers and not ports - offers:
            continue
        found.append(workload.peer)
        every_offer.append(offers)
        if connection == NO_CONNECTION:
            for one in context.outside_of.get((workload.peer, rule.direction), ()):
                if passing := one.ports & (ports - offers):
                    connection = one.src.name, one.dst.name, str(passing)
                    break
    offered = PortSet.union_of(every_offer) if all(every_offer) else NO_PORTS
    return Opened(tuple(found), offered, connection)


def _is_opted_in(context: CheckContext, shape: PodVariant) -> bool:
    for label in context.declared.opt_in_labels:
        key, has_value, value = label.partition("=")
        if key in shape.labels and (not has_value or shape.labels[key] == value):
            return True
    return False


def _offered(context: CheckContext, workload: Workload) -> PortSet:
    return PortSet.union_of(way.ports for way in context.ways_in.get(workload.peer, ()))


def opened_words(opened: Opened) -> tuple[str, ...]:
    """Return whom a rule opens, as evidence has it.

    Parameters
    ----------
    opened : Opened
    """
    offered = (f"offered to clients outside on {opened.offered} only",) if opened.offered else ()
    return (f"opens {listed(opened.workloads)}", *offered)
