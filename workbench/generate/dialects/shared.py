"""What the dialects share: the fields of NetworkPolicy, typed, and which rules lead to which DNS names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from workbench.generate.dialects.registry import Unsaid
from workbench.generate.draft import rule_key
from workbench.generate.peers import block_of
from workbench.ground import EXTERNAL_ENTITIES, INTERNAL_ENTITIES, parse_block
from workbench.manifests import field_path
from workbench.policy import Block, Direction, Policy, Rule, RulePeer, policy_manifest

if TYPE_CHECKING:
    from workbench.generate.draft import Draft
    from workbench.generate.needs import Need
    from workbench.generate.proposal import Proposal

__all__ = [
    "EgressRule",
    "IngressRule",
    "IpBlock",
    "LabelSelector",
    "Meta",
    "Peer",
    "PolicyPort",
    "Spec",
    "Written",
    "meta_of",
    "network_policies",
    "network_policy_spec",
    "place_of",
    "split_by_names",
    "unsaid_removals",
]

_WHOLE: Final = frozenset({EXTERNAL_ENTITIES, INTERNAL_ENTITIES})
PortNumber = Annotated[int, Field(ge=1, le=65535)]
PolicyType = Literal["Ingress", "Egress"]


class Written(BaseModel):
    """An object of a manifest: every field that is written is declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class Meta(Written):
    """``metadata``."""

    name: str
    namespace: str
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None


class LabelRequirement(Written):
    """One entry of ``matchExpressions``."""

    key: str
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    values: list[str] | None = None


class LabelSelector(Written):
    """A label selector; empty, it selects everything."""

    match_labels: dict[str, str] | None = None
    match_expressions: list[LabelRequirement] | None = None


class IpBlock(Written):
    """``ipBlock``."""

    cidr: str
    exceptions: list[str] | None = Field(default=None, alias="except")


class PolicyPort(Written):
    """One entry of ``ports``."""

    protocol: Literal["TCP", "UDP", "SCTP"] | None = None
    port: PortNumber | str | None = None
    end_port: PortNumber | None = None


class Peer(Written):
    """One entry of ``from`` or ``to``."""

    pod_selector: LabelSelector | None = None
    namespace_selector: LabelSelector | None = None
    ip_block: IpBlock | None = None


class IngressRule(Written):
    """One entry of ``ingress``."""

    peers: list[Peer] | None = Field(default=None, alias="from")
    ports: list[PolicyPort] | None = None


class EgressRule(Written):
    """One entry of ``egress``."""

    peers: list[Peer] | None = Field(default=None, alias="to")
    ports: list[PolicyPort] | None = None


class Spec(Written):
    """``spec`` of a NetworkPolicy (networking.k8s.io/v1)."""

    pod_selector: LabelSelector
    policy_types: list[PolicyType]
    ingress: list[IngressRule] | None = None
    egress: list[EgressRule] | None = None


def network_policies(proposal: Proposal, said_in: str) -> tuple[list[Draft], list[Unsaid]]:
    """Return the NetworkPolicies of a proposal; policies of other kinds are unsaid, rule by rule.

    Parameters
    ----------
    proposal : Proposal
    said_in : str
        The kind in which they are to be said.
    """
    drafts: list[Draft] = []
    unsaid: list[Unsaid] = []
    for draft in proposal.drafts:
        policy = draft.policy
        if policy.kind == "NetworkPolicy":
            drafts.append(draft)
            continue
        why = f"{said_in} says what NetworkPolicy says, of one namespace and without denials"
        unsaid += [Unsaid(policy.ref, "", policy.kind, why)]
        unsaid += [Unsaid(policy.ref, field_path(rule.path), rule.action.value, why) for rule in policy.rules]
    return drafts, unsaid


def unsaid_removals(proposal: Proposal, why: str) -> list[Unsaid]:
    """Return the policies that a proposal removes, for a dialect that cannot say so.

    Parameters
    ----------
    proposal : Proposal
    why : str
    """
    return [Unsaid(ref, "", "its removal", why) for ref in proposal.replaces]


def meta_of(policy: Policy) -> Meta:
    """Return the metadata of a policy.

    Parameters
    ----------
    policy : Policy
    """
    return Meta.model_validate(policy_manifest(policy)["metadata"])


def network_policy_spec(policy: Policy) -> Mapping[str, Any]:
    """Return ``spec`` as NetworkPolicy has it.

    Parameters
    ----------
    policy : Policy
    """
    spec: Mapping[str, Any] = policy_manifest(policy)["spec"]
    return spec


def place_of(rule: Rule) -> str:
    """Return the path of a rule in its policy.

    Parameters
    ----------
    rule : Rule
    """
    return field_path(rule.path)


def split_by_names(draft: Draft, rule: Rule) -> tuple[list[RulePeer], list[str], list[Block]]:
    """Return the peers of a rule that stay, the DNS names that stand for others, and those others.

    A block outside goes by names only where clients knew all that it is there for by name. What stands for the whole
    internet, or for all private addresses, stays: not all of it was called by a name.

    Parameters
    ----------
    draft : Draft
    rule : Rule
        Of its policy.
    """
    if rule.direction is not Direction.EGRESS:
        return list(rule.peers), [], []
    behind: dict[str, list[Need]] = {}
    for need in draft.reasons.get(rule_key(rule), ()):
        for text in _written_for(need):
            behind.setdefault(text, []).append(need)
    kept: list[RulePeer] = []
    names: list[str] = []
    named: list[Block] = []
    for peer in rule.peers:
        needs = behind.get(peer.text, []) if isinstance(peer, Block) else []
        if isinstance(peer, Block) and needs and all(one.domains for one in needs):
            names += [name.rstrip(".").lower() for one in needs for name in one.domains]
            named.append(peer)
        else:
            kept.append(peer)
    return kept, sorted(set(names)), named


def _written_for(need: Need) -> Iterator[str]:
    """Yield the blocks that a rule has for the server of a need."""
    if need.dst in _WHOLE:
        return
    given: Iterable[str] = need.blocks or ((need.dst,) if parse_block(need.dst) else ())
    for text in given:
        yield block_of(text).text
