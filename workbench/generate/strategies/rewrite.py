"""Fewer policies that mean the same as those that are there (minimal-rewrite 1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from workbench.generate.draft import NETWORK_POLICY, Draft, Drafts, network_policy, rule_key
from workbench.generate.naming import policy_name
from workbench.generate.registry import strategy
from workbench.generate.rewriting.covering import Namespaces
from workbench.generate.rewriting.forms import Form, size_of
from workbench.generate.rewriting.proof import check_same_meaning
from workbench.generate.rewriting.rewrite import minimal
from workbench.ground import ArgumentError
from workbench.policy import Anyone, Operator, Policy, Selector, Tier

if TYPE_CHECKING:
    from workbench.generate.context import Context

__all__ = ["rewrite"]

_FEW: Final = 3
"""So many values of a label are in the name of a policy."""


@strategy("rewrite")
def rewrite(context: Context, *, policies: tuple[str, ...] = ()) -> Drafts:
    """Say what the NetworkPolicies of a cluster say with fewer of them, which mean the same for every pod.

    Policies that need no change stay; others get new names, so that they can be applied before the old ones are
    removed: what is allowed is the same at every step.

    Parameters
    ----------
    policies : tuple of str
        Those that are rewritten, as ``Kind namespace/name``; all of the namespaces in question where it is empty.
    """
    there = {one.ref: one for one in context.cluster.objects.policies if _is_plain(one)}
    if strange := sorted(set(policies) - set(there)):
        message = f"there is no NetworkPolicy {strange[0]!r:.300}"
        raise ArgumentError(message, "write it as NetworkPolicy namespace/name")
    chosen = [one for one in there.values() if _is_asked_about(context, one, policies)]
    namespaces = Namespaces(context.cluster)
    drafts: list[Draft] = []
    taken = {one.ref for one in context.cluster.objects.policies}
    for namespace, members in _by_namespace(chosen).items():
        refs = {one.ref for one in members}
        kept = [Form.of(one) for one in there.values() if one.namespace == namespace and one.ref not in refs]
        forms = minimal([Form.of(one) for one in members], kept, namespaces)
        drafts += _drafts(forms, {one.ref: one for one in members}, taken)
    names = {one.ref for one in drafts}
    replaced = tuple(one.ref for one in chosen if one.ref not in names)
    after = context.cluster.with_policies([one.policy for one in drafts], remove=replaced)
    check_same_meaning(context.cluster, after)
    sizes = size_of(chosen), size_of(one.policy for one in drafts)
    return Drafts(tuple(drafts), replaces=replaced, remarks=(f"before: {sizes[0]}", f"after: {sizes[1]}"))


def _is_plain(policy: Policy) -> bool:
    return policy.kind == NETWORK_POLICY and policy.tier is Tier.NETWORK_POLICY


def _is_asked_about(context: Context, policy: Policy, refs: tuple[str, ...]) -> bool:
    if context.is_protected(policy.namespace) or (refs and policy.ref not in refs):
        return False
    if context.chosen and not set(context.labels.chosen_by(policy.namespace, policy.subject.pods)) & {*context.chosen}:
        return policy.namespace in context.namespaces
    return bool(context.chosen) or not context.namespaces or policy.namespace in context.namespaces


def _by_namespace(policies: Iterable[Policy]) -> dict[str, list[Policy]]:
    found: defaultdict[str, list[Policy]] = defaultdict(list)
    for one in policies:
        found[one.namespace].append(one)
    return dict(sorted(found.items()))


def _drafts(forms: Iterable[Form], there: dict[str, Policy], taken: set[str]) -> Iterator[Draft]:
    for form in forms:
        fewest = _policy(form, taken)
        same = next((there[ref] for ref in form.origins if _says(there[ref], form, fewest)), None)
        policy = fewest if same is None else same
        taken.add(policy.ref)
        because = f"in place of {', '.join(form.origins)}" if same is None else "as it was"
        anywhere = {
            rule_key(rule): "a rule in whose place it stands is for everyone"
            for rule in policy.rules
            if any(isinstance(peer, Anyone) for peer in rule.peers)
        }
        yield Draft(policy, None, anywhere=MappingProxyType(anywhere), because=because)


def _says(policy: Policy, form: Form, fewest: Policy) -> bool:
    """Tell whether a policy says the same already, and in no more words."""
    return Form.of(policy).says == form.says and size_of([policy]) == size_of([fewest])


def _policy(form: Form, taken: set[str]) -> Policy:
    wanted = _called(form.subject)
    names = (policy_name(wanted if number == 1 else f"{wanted}-{number}") for number in count(1))
    name = next(name for name in names if f"{NETWORK_POLICY} {form.namespace}/{name}" not in taken)
    return network_policy(form.namespace, name, form.subject, form.isolates, form.rules())


def _called(selector: Selector) -> str:
    """Return a name that says which pods a policy is about."""
    words = [
        value if one.operator is Operator.IN else f"{'no' if one.operator is not Operator.EXISTS else 'any'}-{one.key}"
        for one in selector.requirements
        for value in (one.values[:_FEW] if one.operator is Operator.IN else ("",))
    ]
    return "-".join(words) or "all-pods"
