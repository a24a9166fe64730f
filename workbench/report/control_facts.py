"""What an audit knows that controls of standards ask for: each fact with its figure, met or not (audit-controls 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from workbench.baseline import Mode
from workbench.checks import CheckSeverity
from workbench.ground import count_of
from workbench.policy import Direction
from workbench.report.outside import addresses_of

if TYPE_CHECKING:
    from workbench.report.context import AuditContext

__all__ = ["FACTS", "MET", "NOT_MET", "PARTLY", "UNKNOWN", "ControlFact", "answer_of"]

MET, PARTLY, NOT_MET, UNKNOWN = "met", "partly", "not-met", "unknown"
METADATA: Final = "169.254.169.254"
"""Where cloud providers offer the credentials of a node."""
_REVIEW: Final = timedelta(days=184)
"""Half a year."""


class ControlFact(NamedTuple):
    """A fact of an audit that speaks to controls.

    Attributes
    ----------
    answer : str
        ``met``, ``partly``, ``not-met``, or ``unknown`` where something was not given.
    text : str
        The fact with its figure, in one sentence.
    """

    answer: str
    text: str


def answer_of(facts: Iterable[ControlFact]) -> str:
    """Return what facts say together: where some are unknown, the others alone do not meet a control.

    Parameters
    ----------
    facts : iterable of ControlFact
    """
    answers = [one.answer for one in facts]
    known = {one for one in answers if one != UNKNOWN}
    if not known:
        return UNKNOWN
    if known == {MET}:
        return PARTLY if UNKNOWN in answers else MET
    return NOT_MET if known == {NOT_MET} else PARTLY


def _graded(good: int, number: int) -> str:
    """Return how good it is that so many of a number are as they should be."""
    if good >= number:
        return MET
    return PARTLY if good else NOT_MET


def enforced(context: AuditContext) -> ControlFact:
    """Return whether the network plugin enforces NetworkPolicy."""
    declared = context.declared
    named = f" {declared.cni}" if declared.cni else ""
    if declared.enforced is None:
        return ControlFact(UNKNOWN, "Nobody declared whether the network plugin enforces NetworkPolicy.")
    if declared.enforced:
        return ControlFact(MET, f"It is declared that the network plugin{named} enforces NetworkPolicy.")
    return ControlFact(NOT_MET, f"It is declared that the network plugin{named} does not enforce NetworkPolicy.")


def namespaces_covered(context: AuditContext) -> ControlFact:
    """Return in how many namespaces with workloads there is a policy that isolates some."""
    spaces = {one.workload.namespace for one in context.coverable}
    isolated = {
        one.workload.namespace
        for one in context.coverable
        for refs in one.ways.values()
        if refs[0] in {"isolated", "partly"}
    }
    text = f"Policies isolate workloads in {len(isolated):,} of {count_of(len(spaces), 'namespace')} with workloads."
    return ControlFact(_graded(len(isolated), len(spaces)), text)


def _isolated(context: AuditContext, direction: Direction) -> ControlFact:
    able = context.coverable
    good = sum(one.is_isolated(direction) for one in able)
    text = f"The {direction.value} of {good:,} of {count_of(len(able), 'workload')} is isolated."
    return ControlFact(_graded(good, len(able)), text)


def ingress_isolated(context: AuditContext) -> ControlFact:
    """Return of how many workloads the ingress is isolated."""
    return _isolated(context, Direction.INGRESS)


def egress_isolated(context: AuditContext) -> ControlFact:
    """Return of how many workloads the egress is isolated."""
    return _isolated(context, Direction.EGRESS)


def _anywhere(context: AuditContext, direction: Direction, words: str) -> ControlFact:
    number, wide = len(context.standings), len(context.anywhere[direction])
    return ControlFact(_graded(number - wide, number), f"{count_of(wide, 'workload')} of {number:,} {words}.")


def inbound_restricted(context: AuditContext) -> ControlFact:
    """Return how many workloads may be reached from anywhere outside."""
    return _anywhere(context, Direction.INGRESS, "may be reached from anywhere outside")


def outbound_restricted(context: AuditContext) -> ControlFact:
    """Return how many workloads may reach anywhere outside."""
    return _anywhere(context, Direction.EGRESS, "may reach anywhere outside")


def segments(context: AuditContext) -> ControlFact:
    """Return how many pairs of namespaces are not separated at all."""
    crossing = [one for one in context.between if one.src != one.dst]
    whole = sum(one.allowed == one.possible for one in crossing)
    spaces = {members[0].namespace for members in context.crowds.members}
    pairs = sum(context.holds(one, other) for one in spaces for other in spaces if one != other)
    told = f"{whole:,} are not separated at all, and {len(crossing):,} in part or not"
    text = f"Of {count_of(pairs, 'pair')} of namespaces, {told}."
    return ControlFact(_graded(pairs - whole, pairs), text)


def metadata_closed(context: AuditContext) -> ControlFact:
    """Return how many workloads may reach the metadata service of a cloud provider."""
    reaching = {
        name
        for (name, way), lines in context.open_outside.items()
        if way is Direction.EGRESS and addresses_of(lines).contains(METADATA)
    }
    number = len(context.standings)
    text = f"{count_of(len(reaching), 'workload')} of {number:,} may reach {METADATA}, where clouds offer metadata."
    return ControlFact(_graded(number - len(reaching), number), text)


def least_privilege(context: AuditContext) -> ControlFact:
    """Return how much of what is allowed was not seen in use."""
    if context.flows is None:
        return ControlFact(UNKNOWN, "No flows were given: what is allowed and not needed is not known.")
    found = context.allowance
    excess = found.excess or 0
    text = f"Of {count_of(found.allowed, 'connection')} that are allowed, {excess:,} were not seen to be used."
    return ControlFact(_graded(found.allowed - excess, found.allowed), text)


def policies_hold(context: AuditContext) -> ControlFact:
    """Return whether anything was seen to pass that policies deny."""
    if context.flows is None:
        return ControlFact(UNKNOWN, "No flows were given: whether policies hold was not observed.")
    wrong = context.seen_by_status["not-allowed"]
    edges = sum(context.seen_by_status.values())
    text = f"{count_of(wrong, 'edge')} of {edges:,} that were seen passed though policies deny it."
    return ControlFact(NOT_MET if wrong else MET, text)


def monitored(context: AuditContext) -> ControlFact:
    """Return of how many workloads the traffic is held against a locked baseline."""
    if context.baselines is None:
        return ControlFact(
            UNKNOWN, "No baselines were given: whether traffic is watched for what is unusual is not known."
        )
    names = {one.peer.name for one in context.standings}
    locked = sum(
        name in names and head.mode(context.now) is Mode.PROTECT for name, head in context.baselines.heads.items()
    )
    text = (
        f"The baselines of {locked:,} of {count_of(len(names), 'workload')} are locked, so that violations are raised."
    )
    return ControlFact(_graded(locked, len(names)), text)


def listed(context: AuditContext) -> ControlFact:
    """Return that policies and what they allow are listed."""
    rules = sum(len(one.rules) for one in context.policies)
    policies = count_of(len(context.policies), "policy")
    text = f"This audit lists {policies} with {count_of(rules, 'rule')}, and what they allow."
    return ControlFact(MET, text)


def nothing_left_out(context: AuditContext) -> ControlFact:
    """Return whether all policies that were written take part in answers."""
    left = sum(context.holds(one.policy.namespace) for one in context.cluster.objects.left_out)
    text = (
        f"{count_of(left, 'policy')} that were written take no part: of kinds that are not evaluated, or with errors."
    )
    return ControlFact(PARTLY if left else MET, text)


def reviewed(context: AuditContext) -> ControlFact:
    """Return whether the audit before this one is not older than half a year."""
    if context.earlier is None:
        return ControlFact(UNKNOWN, "No earlier audit was given: when policies were reviewed before is not known.")
    age = context.now - context.earlier.now
    text = f"The audit before this one is {count_of(age.days, 'day')} older."
    return ControlFact(MET if age <= _REVIEW else NOT_MET, text)


def no_grave_findings(context: AuditContext) -> ControlFact:
    """Return how many critical and high findings nobody answers for."""
    grave = [context.findings.count(one) for one in (CheckSeverity.CRITICAL, CheckSeverity.HIGH)]
    asked = count_of(len(context.findings.checks), "check")
    text = f"{grave[0]:,} critical and {grave[1]:,} high findings are open, of {asked} asked."
    return ControlFact(NOT_MET if any(grave) else MET, text)


def answered(context: AuditContext) -> ControlFact:
    """Return how many findings somebody answers for."""
    quiet = len(context.findings) - len(context.findings.open)
    expired = sum(one.status.value == "expired" for one in context.findings)
    number = count_of(len(context.findings), "finding")
    text = f"Somebody answers for {quiet:,} of {number}; {expired:,} acceptances have expired."
    return ControlFact(_graded(quiet, len(context.findings)), text)


FACTS: Final[Mapping[str, Callable[[AuditContext], ControlFact]]] = MappingProxyType(
    {
        "enforced": enforced,
        "namespaces-covered": namespaces_covered,
        "ingress-isolated": ingress_isolated,
        "egress-isolated": egress_isolated,
        "inbound-restricted": inbound_restricted,
        "outbound-restricted": outbound_restricted,
        "segments": segments,
        "metadata-closed": metadata_closed,
        "least-privilege": least_privilege,
        "policies-hold": policies_hold,
        "monitored": monitored,
        "listed": listed,
        "nothing-left-out": nothing_left_out,
        "reviewed": reviewed,
        "no-grave-findings": no_grave_findings,
        "answered": answered,
    }
)
"""The facts by the names by which controls ask for them."""
