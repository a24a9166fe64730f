"""The inputs that stand in for those of an audit, so that all that is made of them can be shown (audit-reports 6)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.ground import ArgumentError, listed
from workbench.inventory import anonymised

if TYPE_CHECKING:
    from workbench.checks import DeclaredFacts
    from workbench.ground import Anonymiser
    from workbench.report.audit import AuditInputs

__all__ = ["anonymised_inputs"]


def anonymised_inputs(inputs: AuditInputs, anonymiser: Anonymiser) -> AuditInputs:
    """Return inputs with stand-ins for all names, labels and addresses.

    Parameters
    ----------
    inputs : AuditInputs
    anonymiser : Anonymiser

    Raises
    ------
    ArgumentError
        If something is among them that has no stand-ins.
    """
    others = {
        "baselines": inputs.baselines,
        "an address book": inputs.book,
        "accepted findings": inputs.accepted,
        "corporate rules": inputs.corporate,
        "an earlier audit": inputs.earlier,
    }
    given = [name for name, value in others.items() if value is not None]
    if given:
        message = f"there are no stand-ins for the names in {listed(given)}"
        raise ArgumentError(message, "leave these out, or make them of the anonymised inputs")
    return replace(
        inputs,
        cluster=anonymised(inputs.cluster, anonymiser),
        flows=None if inputs.flows is None else inputs.flows.attributed(inputs.cluster).anonymised(anonymiser),
        declared=_declared(inputs.declared, anonymiser),
        is_anonymised=True,
    )


def _declared(facts: DeclaredFacts, anonymiser: Anonymiser) -> DeclaredFacts:
    """Return what is declared by stand-ins; the name of the network plugin stays."""
    return replace(
        facts,
        pod_cidrs=tuple(map(anonymiser.block, facts.pod_cidrs)),
        service_cidrs=tuple(map(anonymiser.block, facts.service_cidrs)),
        opt_in_labels=tuple(_label(one, anonymiser) for one in facts.opt_in_labels),
        tenant_label=anonymiser.label_key(facts.tenant_label),
    )


def _label(text: str, anonymiser: Anonymiser) -> str:
    key, mark, value = text.partition("=")
    return anonymiser.label_key(key) + (f"={anonymiser.label_value(key, value)}" if mark else "")
