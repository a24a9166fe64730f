"""What no policy that is proposed may do, whichever strategy proposes it (generate 3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.generate.draft import Draft, Drafts, rule_key
from workbench.generate.generated import OWNERS
from workbench.generate.needs import LeftOutNeed, WhyLeftOut
from workbench.ground import ArgumentError, parse_cidr
from workbench.manifests import field_path
from workbench.policy import NAMESPACE_NAME_LABEL, Anyone, Block, Pods, Policy, Rule, RulePeer, policy_manifest

if TYPE_CHECKING:
    from workbench.generate.context import Context

__all__ = ["by_name", "guarded"]


def guarded(context: Context, proposed: Drafts) -> Drafts:
    """Return what may be proposed of what a strategy proposes, and of the rest why not.

    A policy is left out whole where it is about others than those that are meant, or where the API server would refuse
    it. Of its rules, those are left out that would be for everyone by mistake.

    Parameters
    ----------
    context : Context
    proposed : Drafts
    """
    there = {one.ref: one for one in context.cluster.objects.policies}
    kept_names = set(there) - set(proposed.replaces)
    drafts: dict[str, Draft] = {}
    left_out: list[LeftOutNeed] = []
    for number, given in enumerate(proposed.drafts):
        context.progress("policies are checked", number, len(proposed.drafts))
        draft = replace(given, policy=by_name(given.policy))
        keeps_name = draft.ref in kept_names and not _is_renewed(draft.policy, there.get(draft.ref))
        refused = next(_refusals(context, draft, is_taken=keeps_name or draft.ref in drafts), None)
        if refused is not None:
            left_out.append(refused)
            continue
        checked = _with_safe_rules(draft, left_out)
        try:
            policy_manifest(checked.policy)
        except ArgumentError as error:
            left_out.append(LeftOutNeed(WhyLeftOut.NOT_WRITABLE, draft.ref, str(error)))
        else:
            drafts[draft.ref] = checked
    order = sorted(drafts.values(), key=lambda one: _order(one.policy))
    return replace_drafts(proposed, order, left_out)


def by_name(policy: Policy) -> Policy:
    """Return a policy whose peers in one other namespace name it, however that was written.

    Parameters
    ----------
    policy : Policy
    """
    rules = (
        replace(rule, peers=tuple(_by_name(peer, policy.namespace) for peer in rule.peers)) for rule in policy.rules
    )
    return replace(policy, rules=tuple(rules))


def _by_name(peer: RulePeer, own: str) -> RulePeer:
    if not isinstance(peer, Pods) or isinstance(peer.namespaces, str) or not own:
        return peer
    asked = peer.namespaces.requirements
    is_name = len(asked) == 1 and asked[0].key == NAMESPACE_NAME_LABEL and asked[0].is_label
    return Pods(asked[0].values[0], peer.pods) if is_name and asked[0].values[0] != own else peer


def _is_renewed(policy: Policy, there: Policy | None) -> bool:
    """Tell whether a policy takes the place of one that an earlier proposal made, or that says the same."""
    made = {one for one in policy.metadata.labels if one in OWNERS}
    if there is None:
        return False
    return bool(made.intersection(there.metadata.labels)) or replace(policy, source=there.source) == by_name(there)


def replace_drafts(proposed: Drafts, drafts: Iterable[Draft], left_out: Iterable[LeftOutNeed]) -> Drafts:
    """Return `proposed` with other drafts, and with more that is left out, each thing once.

    Parameters
    ----------
    proposed : Drafts
    drafts : iterable of Draft
    left_out : iterable of LeftOutNeed
    """
    everything = dict.fromkeys((*proposed.left_out, *left_out))
    return proposed._replace(drafts=tuple(drafts), left_out=tuple(everything))


def _order(policy: Policy) -> tuple[object, ...]:
    """Return the order in which policies are applied: what allows comes before what denies all (generate 6)."""
    denies_all = bool(policy.isolates) and not policy.rules and not policy.subject.pods.requirements
    return denies_all, policy.tier, policy.namespace, policy.priority, policy.name, policy.kind


def _refusals(context: Context, draft: Draft, *, is_taken: bool) -> Iterator[LeftOutNeed]:
    policy = draft.policy
    if policy.namespace and context.is_protected(policy.namespace):
        yield LeftOutNeed(WhyLeftOut.PROTECTED, draft.ref)
    if is_taken:
        yield LeftOutNeed(WhyLeftOut.NAME_TAKEN, draft.ref, "replace it, or choose another name")
    if draft.workloads is not None:
        chosen = set(context.labels.chosen_by(policy.namespace, policy.subject.pods))
        if others := sorted(chosen - draft.workloads):
            yield LeftOutNeed(WhyLeftOut.TOO_WIDE, draft.ref, f"it chooses {', '.join(others)}, too")
    for rule in policy.rules:
        for peer in rule.peers:
            if isinstance(peer, Block) and (wrong := _wrong_block(peer)):
                yield LeftOutNeed(WhyLeftOut.NOT_WRITABLE, draft.ref, f"{_place(rule)}: {wrong}")


def _wrong_block(block: Block) -> str:
    for written in (block.cidr, *block.exceptions):
        cidr = parse_cidr(written)
        if cidr is None:
            return f"{written} is not a valid CIDR"
        if str(cidr.network) != written:
            return f"{written} is not written as {cidr.network}"
    return ""


def _with_safe_rules(draft: Draft, left_out: list[LeftOutNeed]) -> Draft:
    kept = []
    for rule in draft.policy.rules:
        if not rule.peers:
            left_out.append(LeftOutNeed(WhyLeftOut.EMPTY_PEERS, f"{draft.ref} {_place(rule)}"))
        elif any(isinstance(peer, Anyone) for peer in rule.peers) and not draft.anywhere.get(rule_key(rule)):
            detail = "it is for everyone, and no reason is given for that"
            left_out.append(LeftOutNeed(WhyLeftOut.EMPTY_PEERS, f"{draft.ref} {_place(rule)}", detail))
        else:
            kept.append(rule)
    return draft if len(kept) == len(draft.policy.rules) else draft.keeping(kept)


def _place(rule: Rule) -> str:
    return field_path(rule.path)
