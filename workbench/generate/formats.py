"""How a proposal is written down: for the API server, for people, for programs, and for the tools that it is like."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from workbench.generate.registry import written_options
from workbench.ground import ANSWER_FORMATS, ArgumentError, json_rows, json_text, register_format, visible
from workbench.manifests import yaml_text
from workbench.policy import policy_manifest, write_policies

if TYPE_CHECKING:
    from workbench.generate.proposal import Proposal

__all__ = ["comma_separated", "commands", "json_object", "kubescape", "md", "patch", "rhacs", "txt", "yaml"]


@register_format("proposal", "yaml")
def yaml(proposal: Proposal) -> str:
    """Write the policies for the API server, one document each, in the order in which they are to be applied."""
    return write_policies(proposal.policies)


@register_format("proposal", "txt")
def txt(proposal: Proposal) -> str:
    """Write why each rule is there, what was left out, and what is cut all the same, for people."""
    from workbench.generate.cutting import still_cut  # noqa: PLC0415  (brings the engine)

    lines = [
        *(f"run first: {visible(one)}" for one in proposal.commands),
        proposal.explain(),
        *(f"removes {visible(ref)}" for ref in proposal.replaces),
    ]
    lines += [f"left out: {visible(one.subject)}: {one.why.meaning}{_detail(one.detail)}" for one in proposal.left_out]
    for row in still_cut(proposal).to_dict("records"):
        edge = f"{visible(row['src'])} => {visible(row['dst'])} : {row['ports']}"
        lines.append(f"still cut: {edge}{_detail(', '.join(row['decided_by']))}")
    return "".join(f"{line}\n" for line in lines if line)


def _detail(detail: str) -> str:
    return f" ({visible(detail)})" if detail else ""


@register_format("proposal", "csv")
def comma_separated(proposal: Proposal) -> str:
    """Write a line for each rule, as `Proposal.to_frame` has it."""
    return ANSWER_FORMATS.render("table", "csv", proposal.to_frame())


_READ: Final = ("policy", "direction", "peers", "ports", "because", "flows", "last_seen")
"""What people read of a rule; the rest is for programs."""


@register_format("proposal", "md")
def md(proposal: Proposal) -> str:
    """Write a Markdown table of the rules, for an issue or a merge request."""
    return ANSWER_FORMATS.render("table", "md", proposal.to_frame()[list(_READ)])


@register_format("proposal", "json")
def json_object(proposal: Proposal) -> str:
    """Write an object with the policies, the reasons of their rules, and what was left out, for programs."""
    return json_text(
        {
            "strategy": proposal.strategy,
            "options": written_options(proposal.options),
            "made_at": proposal.made_at.isoformat(),
            "policies": [policy_manifest(one) for one in proposal.policies],
            "removed": list(proposal.replaces),
            "commands": list(proposal.commands),
            "reasons": json_rows(proposal.reasons()),
            "left_out": json_rows(proposal.left_out_frame()),
        }
    )


@register_format("proposal", "patch")
def patch(proposal: Proposal) -> str:
    """Write what changes beside the policies that are there, as a unified diff."""
    return proposal.diff().to_patch()


@register_format("proposal", "rhacs", suffix=".json")
def rhacs(proposal: Proposal) -> str:
    """Write the modification as Red Hat ACS answers it: ``applyYaml`` and ``toDelete`` (rhacs-generator G15)."""
    deleted = [_named(ref) for ref in proposal.replaces]
    return json_text({"modification": {"applyYaml": _applied(proposal), "toDelete": deleted}})


@register_format("proposal", "kubectl", suffix=".sh.yaml")
def commands(proposal: Proposal) -> str:
    """Write the policies below the commands that remove those they replace, as Red Hat ACS shows them."""
    lines = [f"# {visible(one)}" for one in proposal.commands]
    lines += [
        f"# kubectl -n {visible(one['namespace'])} delete networkpolicy {visible(one['name'])}"
        for one in map(_named, proposal.replaces)
    ]
    text = _applied(proposal)
    if not lines and not text:
        return "# No policies need to be created or deleted.\n"
    return "\n".join(filter(None, ("\n".join(lines), "---" if lines and text else "", text)))


def _named(ref: str) -> dict[str, str]:
    namespace, _, name = ref.partition(" ")[2].rpartition("/")
    return {"namespace": namespace, "name": name}


def _applied(proposal: Proposal) -> str:
    """Return the policies with their keys sorted, and when they were made (rhacs-generator G6)."""
    made_at = proposal.made_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    texts = []
    for policy in proposal.policies:
        manifest = policy_manifest(policy)
        manifest["metadata"] = {"creationTimestamp": made_at, **manifest["metadata"]}
        texts.append(yaml_text([_sorted(manifest)]).rstrip("\n"))
    return "\n---\n".join(texts)


def _sorted(value: Any) -> Any:  # noqa: ANN401  (JSON)
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(one) for one in value] if isinstance(value, list) else value


@register_format("proposal", "kubescape", suffix=".yaml")
def kubescape(proposal: Proposal) -> str:
    """Write GeneratedNetworkPolicy objects of Kubescape, with what each block stands for; of its strategy alone.

    Raises
    ------
    ArgumentError
        If another strategy made the policies.
    """
    if proposal.drafts and all(one.holder is None for one in proposal.drafts):
        message = f"GeneratedNetworkPolicy is what the strategy kubescape makes, and this is of {proposal.strategy}"
        raise ArgumentError(message, "use that strategy, or the format yaml")
    return yaml_text(_generated(proposal))


def _generated(proposal: Proposal) -> Iterator[dict[str, Any]]:
    for draft in proposal.drafts:
        if draft.holder is not None:
            yield {**draft.holder, "spec": policy_manifest(draft.policy)}
