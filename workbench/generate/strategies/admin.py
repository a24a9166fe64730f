"""Cluster-wide guardrails from a short table: who may never, and who may always (guardrails 1-3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from workbench.generate.draft import Draft, Drafts, RuleKey
from workbench.generate.generated import MANAGED_BY, is_generated
from workbench.generate.listed.guardrails import Guardrail, GuardrailEnds, guardrails
from workbench.generate.naming import policy_name
from workbench.generate.needs import Basis, LeftOutNeed, Need, WhyLeftOut
from workbench.generate.registry import strategy
from workbench.ground import ArgumentError, Problem, Severity
from workbench.policy import Action, Block, Direction, DomainNames, Pods, Policy, PortMatch, Rule, RulePeer, Tier

if TYPE_CHECKING:
    from workbench.generate.context import Context

__all__ = ["admin"]

_MOST_RULES: Final = 25
"""So many rules of a direction a ClusterNetworkPolicy has at most."""
_LAST: Final = 1000
"""The last priority there is."""
_LONGEST_NAME: Final = 100


class _Claim(NamedTuple):
    """What one line asks of some pods.

    Attributes
    ----------
    line : int
        Place of the line among all.
    subject : Pods
    direction : Direction
    peers : tuple of RulePeer
    guardrail : Guardrail
    """

    line: int
    subject: Pods
    direction: Direction
    peers: tuple[RulePeer, ...]
    guardrail: Guardrail

    @property
    def need(self) -> Need:
        """The line, as a reason."""
        listed = self.guardrail.connection
        said = f"{listed.place}: {self.guardrail.word}"
        return Need(listed.src, listed.dst, listed.ports, Basis.LISTED, said)


@strategy("admin", protected=lambda _: False)
def admin(
    context: Context,
    *,
    rules: Any = (),  # noqa: ANN401  (a path, text or lines)
    api: Literal["ClusterNetworkPolicy", "AdminNetworkPolicy"] = "ClusterNetworkPolicy",
    priority: int = 100,
) -> Drafts:
    """Say for the whole cluster who may never call whom, and who may always, whatever other policies say.

    The first line that is about a connection decides.

    Parameters
    ----------
    rules : path or text
        Lines such as ``never: * -> platform/vault`` and ``always: platform/prometheus -> * : TCP 9090``, or a file.
    api : {"ClusterNetworkPolicy", "AdminNetworkPolicy"}
        Of which kind the policies are.
    priority : int
        Of the first policy; those that follow have the next ones that are free.
    """
    lines = guardrails(rules)
    if not lines:
        message = "no guardrail is given"
        raise ArgumentError(message, "give the option rules, such as 'never: * -> 169.254.169.254/32'")
    claims: list[_Claim] = []
    left_out: list[LeftOutNeed] = []
    problems: list[Problem] = []
    ends = GuardrailEnds(context)
    for number, line in enumerate(lines):
        listed = line.connection
        found = [ends.of(text, listed.place) for text in (listed.src, listed.dst)]
        plain = Need(listed.src, listed.dst, listed.ports, Basis.LISTED, f"{listed.place}: {line.word}")
        left_out += [LeftOutNeed.of(WhyLeftOut.UNRESOLVED, plain, one) for one in found if isinstance(one, str)]
        src, dst = found
        if isinstance(src, str) or isinstance(dst, str):
            continue
        made, why = _claims(number, line, src, dst, api)
        claims += made
        left_out += [LeftOutNeed.of(WhyLeftOut.NOT_WRITABLE, plain, text) for text in why]
        problems += _without_pods(ends, line, (*src, *dst))
    drafts = _drafts(context, claims, api, priority)
    return Drafts(
        tuple(drafts), tuple(left_out), needs=tuple(dict.fromkeys(one.need for one in claims)), problems=tuple(problems)
    )


def _without_pods(ends: GuardrailEnds, line: Guardrail, peers: Iterable[RulePeer]) -> Iterator[Problem]:
    for peer in peers:
        if isinstance(peer, Pods) and ends.choose_nothing(peer):
            message = f"{line.connection.place}: no pod that was read is {peer.pods} in namespaces {peer.namespaces}"
            yield Problem(Severity.WARNING, "guardrail-without-pods", message, "check the names and labels of the line")


def _claims(
    number: int, line: Guardrail, src: tuple[RulePeer, ...], dst: tuple[RulePeer, ...], api: str
) -> tuple[list[_Claim], list[str]]:
    """Return what a line asks of the pods at its ends, and what of it no cluster-wide policy can say.

    What is denied is denied where it arrives; outside, where it leaves. What is allowed must be allowed at both ends.
    """
    callers, called = ([one for one in side if isinstance(one, Pods)] for side in (src, dst))
    outside: list[RulePeer] = [one for one in dst if isinstance(one, Block)]
    names = [one for one in dst if isinstance(one, DomainNames)]
    claims: list[_Claim] = []
    why = ["cluster-wide policies know sources by their labels only"] if len(callers) < len(src) else []
    if names and not line.always:
        why.append("what is denied cannot go by domain names: give the addresses")
    elif names and api != "ClusterNetworkPolicy":
        why.append(f"{api} has no domain names")
    elif callers and names:
        outside += names
    if callers:
        claims += [_Claim(number, one, Direction.INGRESS, tuple(callers), line) for one in called]
        leaving: list[RulePeer] = [*(called if line.always else ()), *outside]
        claims += [_Claim(number, one, Direction.EGRESS, tuple(leaving), line) for one in callers if leaving]
    return claims, why


def _drafts(context: Context, claims: Iterable[_Claim], api: str, first: int) -> list[Draft]:
    """Return policies in the order of the lines; lines that follow each other about the same pods share one."""
    runs: list[list[_Claim]] = []
    for way in Direction:
        run: list[_Claim] = []
        for claim in (one for one in claims if one.direction is way):
            if run and run[-1].subject == claim.subject and len(run) < _MOST_RULES:
                run.append(claim)
            else:
                run = [claim]
                runs.append(run)
    runs.sort(key=lambda one: (one[0].line, one[0].direction.value, str(one[0].subject)))
    taken = {
        one.priority for one in context.cluster.objects.policies if one.tier is Tier.ADMIN and not is_generated(one)
    }
    free = list(islice((number for number in range(first, _LAST + 1) if number not in taken), len(runs)))
    if first < 0 or len(free) < len(runs):
        message = f"{len(runs)} policies need as many priorities from {first} to {_LAST}, and {len(free)} are free"
        raise ArgumentError(message, "give a lower priority, or fewer lines")
    return [_draft(run, api, priority) for run, priority in zip(runs, free, strict=True)]


def _draft(run: list[_Claim], api: str, priority: int) -> Draft:
    way = run[0].direction
    rules: list[Rule] = []
    reasons: dict[RuleKey, tuple[Need, ...]] = {}
    for index, claim in enumerate(run):
        action = Action.ALLOW if claim.guardrail.always else Action.DENY
        name = f"{claim.guardrail.word}, {claim.guardrail.connection.place}"[-_LONGEST_NAME:]
        rules.append(Rule(way, index, claim.peers, PortMatch(claim.guardrail.connection.ports), action, name))
        reasons[way, index] = (claim.need,)
    policy = Policy(
        api,
        "",
        policy_name(f"guardrail-{priority:04}-{way.value}"),
        Tier.ADMIN,
        run[0].subject,
        rules=tuple(rules),
        priority=priority,
        metadata=MANAGED_BY,
    )
    return Draft(policy, reasons=MappingProxyType(reasons))
