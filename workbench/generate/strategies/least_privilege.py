"""The default: what was seen, what is normal and what manifests declare is admitted, and nothing else (generate 10)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, Literal

from workbench.generate.allowances.finding import Allowance, chosen_allowances, read_allowances
from workbench.generate.build_time.plan import declared_needs
from workbench.generate.draft import Draft, Drafts, network_policy
from workbench.generate.needs import Basis, LeftOutNeed, Need, WhyLeftOut
from workbench.generate.providers import by_provider_blocks
from workbench.generate.registry import strategy
from workbench.ground import ArgumentError
from workbench.policy import EVERYTHING

if TYPE_CHECKING:
    from workbench.generate.context import Context

__all__ = ["least_privilege"]

_DENY: Final = "default-deny"
_ALLOWED: Final = ("dns", "node-local-dns", "api-server", "webhooks", "metrics", "ingress-controllers")
_OWN_NODE: Final = "traffic between a pod and its own node, such as probes of kubelet, is allowed whatever policies say"


@strategy("least-privilege")
def least_privilege(  # noqa: PLR0913  (each by its name)
    context: Context,
    *,
    declared: bool = True,
    seen_once: Literal["admit", "leave-out"] = "admit",
    widened: Literal["admit", "leave-out"] = "leave-out",
    providers: Literal["addresses", "blocks"] = "addresses",
    allow: tuple[str, ...] = _ALLOWED,
    allowances: str = "",
    unknown: Literal["leave-out", "deny"] = "leave-out",
    default_deny: bool = True,
) -> Drafts:
    """Admit what was seen, what is normal and what manifests declare, in both directions, and deny all else.

    Parameters
    ----------
    declared : bool
        Whether there are rules for what manifests declare though it was not seen: a job that runs once a month.
    seen_once : {"admit", "leave-out"}
        Whether there are rules for what was seen a single time.
    widened : {"admit", "leave-out"}
        Whether there are rules for blocks that a source made wider than what was seen.
    providers : {"addresses", "blocks"}
        How rules name addresses in the ranges of cloud providers: by themselves, or by the closest block that the
        provider publishes, which admits more than was seen.
    allow : tuple of str
        What platforms need besides, by name.
    allowances : str
        A file with allowances of your own, in the form of those that come with the workbench; all of them are admitted.
    unknown : {"leave-out", "deny"}
        What becomes of workloads of which nothing is known: they have no policy and stay as they are, or all is denied.
    default_deny : bool
        Whether each namespace of which all workloads are known gets a policy that denies what no other allows. It is
        the last to be applied.
    """
    if context.flows is None and context.baselines is None:
        message = "least-privilege needs to know what is needed: there are neither flows nor baselines"
        raise ArgumentError(message, "give flows, baselines, or use another strategy")
    needs: list[Need] = []
    left_out: list[LeftOutNeed] = []
    wanted = context.needed
    if declared:
        asked = {one.peer for one in context.workloads}
        said = tuple(one for one in declared_needs(context.cluster) if not asked.isdisjoint((one.src, one.dst)))
        wanted |= context.taken(Drafts(needs=said))
    for need in wanted.needs:
        why = None if need.key in context.admit else _why_not(need, seen_once=seen_once, widened=widened)
        if why is None:
            needs.append(need)
        else:
            left_out.append(LeftOutNeed.of(why, need))
    left_out += wanted.left_out
    known = {end for need in needs for end in (need.src, need.dst)}
    silent = [one for one in context.workloads if one.peer not in known] if unknown == "leave-out" else []
    left_out += [LeftOutNeed(WhyLeftOut.NOTHING_SEEN, one.peer) for one in silent]
    chosen: list[Allowance] = list(chosen_allowances(allow))
    if allowances:
        chosen = [*chosen, *(one for one in read_allowances(allowances) if one not in chosen)]
    remarks: tuple[str, ...] = ()
    if providers == "blocks":
        named, remarks = by_provider_blocks(needs, context.book)
        needs = list(named)
    made = context.admitting(needs, allowing=chosen)
    without = {one.peer for one in silent}
    drafts = [one for one in made.drafts if one.workloads is None or not without.issuperset(one.workloads)]
    denied = list(_denials(context, drafts, made)) if default_deny else []
    return made._replace(
        drafts=(*drafts, *denied),
        left_out=tuple(dict.fromkeys((*left_out, *made.left_out))),
        remarks=(*remarks, _OWN_NODE) if drafts else remarks,
    )


def _why_not(need: Need, *, seen_once: str, widened: str) -> WhyLeftOut | None:
    if need.widened and widened == "leave-out":
        return WhyLeftOut.WIDENED
    if need.basis is Basis.OBSERVED and need.flows == 1 and seen_once == "leave-out":
        return WhyLeftOut.SEEN_ONCE
    return None


def _denials(context: Context, drafts: list[Draft], made: Drafts) -> Iterator[Draft]:
    """Yield a policy for each namespace all of whose workloads have one: it denies what none of these allows."""
    covered = {name for one in drafts for name in one.workloads or ()}
    on_hosts = {one.subject for one in made.left_out if one.why is WhyLeftOut.HOST_NETWORK and one.need is None}
    within: dict[str, list[str]] = {}
    for workload in context.cluster.objects.workloads:
        within.setdefault(workload.namespace, []).append(workload.peer)
    for namespace in sorted({one.policy.namespace for one in drafts}):
        if covered.union(on_hosts).issuperset(within[namespace]):
            yield Draft(
                network_policy(namespace, _DENY, EVERYTHING),
                because="what no other policy allows is denied, also to pods that come later",
            )
