"""Which controls of standards an audit speaks to: what each asks for in our words, by which facts, and what is beyond.

The table is read by people who know the standards: it holds numbers and headings, and none of their text.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

from workbench.report.control_facts import FACTS, ControlFact, answer_of
from workbench.report.frames import CONTROL_ANSWERS

if TYPE_CHECKING:
    import pandas as pd

    from workbench.report.context import AuditContext

__all__ = ["CONTROLS", "Control", "judged_controls"]

CIS: Final = "CIS Kubernetes Benchmark"
NSA: Final = "NSA/CISA Kubernetes Hardening Guide 1.2"
PCI: Final = "PCI DSS 4.0"
NIST: Final = "NIST SP 800-190"
ISO: Final = "ISO/IEC 27001:2022 Annex A"
NIS2: Final = "NIS2 (EU) 2022/2555"


class Control(NamedTuple):
    """A control of a standard.

    Attributes
    ----------
    framework : str
    control : str
        Its number or heading there.
    title : str
        What it asks for, in our words.
    facts : tuple of str
        Names of `control_facts.FACTS` that speak to it.
    beyond : str
        What an audit cannot judge of it.
    """

    framework: str
    control: str
    title: str
    facts: tuple[str, ...]
    beyond: str


CONTROLS: Final = (
    Control(
        CIS,
        "5.3.1",
        "The network plugin knows NetworkPolicy",
        ("enforced", "policies-hold"),
        "How the plugin is set up on each node; what is declared here is taken as it is said.",
    ),
    Control(
        CIS,
        "5.3.2",
        "Every namespace has NetworkPolicies",
        ("namespaces-covered", "ingress-isolated", "egress-isolated"),
        "Namespaces that no manifest of the input has.",
    ),
    Control(
        NSA,
        "Network separation and hardening: Namespaces",
        "Namespaces part what does not belong together",
        ("segments",),
        "Which teams and applications should share a namespace; rights in it (RBAC).",
    ),
    Control(
        NSA,
        "Network separation and hardening: Network policies",
        "Pods are closed by default, and opened for what is needed",
        ("enforced", "ingress-isolated", "egress-isolated", "least-privilege"),
        "Whether what was seen is what should be.",
    ),
    Control(
        NSA,
        "Network separation and hardening: Protecting sensitive cloud infrastructure",
        "Pods cannot reach the metadata service of the cloud",
        ("metadata-closed", "outbound-restricted"),
        "What the metadata service itself asks of callers; which roles nodes have.",
    ),
    Control(
        NSA,
        "Audit logging and threat detection",
        "Traffic is logged, and what is unusual is noticed",
        ("monitored", "policies-hold"),
        "Who reads alerts and acts on them; logs of the API server and of hosts.",
    ),
    Control(
        PCI,
        "1.2.1",
        "Standards for rule sets are defined, put in place and kept",
        ("ingress-isolated", "egress-isolated", "no-grave-findings"),
        "Whether a standard is written down; give corporate rules to have them checked.",
    ),
    Control(
        PCI,
        "1.2.3",
        "A diagram shows the connections of the cardholder data environment with other networks",
        ("listed", "nothing-left-out"),
        "Which workloads are of that environment; networks outside of the cluster.",
    ),
    Control(
        PCI,
        "1.2.5",
        "Services, protocols and ports are known, approved and needed",
        ("listed", "least-privilege", "answered"),
        "Whether the business needs a connection, and who approved it.",
    ),
    Control(
        PCI,
        "1.2.7",
        "Rule sets are reviewed at least every six months",
        ("reviewed", "no-grave-findings"),
        "Whether somebody read the reports and decided.",
    ),
    Control(
        PCI,
        "1.3.1",
        "Traffic into the cardholder data environment is what is necessary; all other is denied",
        ("ingress-isolated", "inbound-restricted", "policies-hold"),
        "Which workloads are of that environment, unless the scope of this audit is it; what is necessary.",
    ),
    Control(
        PCI,
        "1.3.2",
        "Traffic out of the cardholder data environment is what is necessary; all other is denied",
        ("egress-isolated", "outbound-restricted", "policies-hold"),
        "Which workloads are of that environment, unless the scope of this audit is it; what is necessary.",
    ),
    Control(
        PCI,
        "1.4.2",
        "Untrusted networks reach nothing but what is offered to the public",
        ("inbound-restricted",),
        "Which services are meant for the public; firewalls and load balancers before the cluster.",
    ),
    Control(
        NIST,
        "4.3.3",
        "Traffic between containers of different sensitivity is separated",
        ("segments", "ingress-isolated"),
        "How sensitive workloads are; virtual networks outside of the cluster.",
    ),
    Control(
        NIST,
        "4.4.2",
        "What containers may reach is bounded, and unusual traffic is noticed",
        ("egress-isolated", "outbound-restricted", "monitored"),
        "What is inside of connections; traffic that no source recorded.",
    ),
    Control(
        ISO,
        "A.8.20",
        "Networks are secured, managed and controlled",
        ("enforced", "ingress-isolated", "egress-isolated", "no-grave-findings"),
        "Devices outside of the cluster; encryption on the way.",
    ),
    Control(
        ISO,
        "A.8.21",
        "What network services must do for security is known, put in place and watched",
        ("listed", "policies-hold", "monitored"),
        "Agreements with providers, and service levels.",
    ),
    Control(
        ISO,
        "A.8.22",
        "Groups of services, users and systems are segregated",
        ("segments", "namespaces-covered"),
        "Which groups there are; networks outside of the cluster.",
    ),
    Control(
        NIS2,
        "Art. 21(2)(a)",
        "Risks are analysed, and there are policies for the security of systems",
        ("listed", "no-grave-findings", "answered"),
        "The analysis of risks, and whether management approved the policies.",
    ),
    Control(
        NIS2,
        "Art. 21(2)(b)",
        "Incidents are handled",
        ("monitored",),
        "How incidents are reported and handled.",
    ),
    Control(
        NIS2,
        "Art. 21(2)(e)",
        "Networks and systems are secure from their acquisition to their maintenance",
        ("ingress-isolated", "egress-isolated", "nothing-left-out"),
        "How software is acquired and developed; vulnerabilities.",
    ),
    Control(
        NIS2,
        "Art. 21(2)(f)",
        "It is assessed whether measures are effective",
        ("policies-hold", "reviewed"),
        "Measures outside of the cluster's network.",
    ),
    Control(
        NIS2,
        "Art. 21(2)(i)",
        "Access is controlled, and assets are known",
        ("listed", "least-privilege"),
        "Access of people; assets outside of the cluster.",
    ),
)
"""The controls, by framework."""


def judged_controls(context: AuditContext, controls: Iterable[Control] = CONTROLS) -> pd.DataFrame:
    """Return what an audit says of controls.

    Parameters
    ----------
    context : AuditContext
    controls : iterable of Control, optional

    Returns
    -------
    DataFrame
        Columns as in `frames.CONTROL_ANSWERS`.
    """
    known: dict[str, ControlFact] = {}
    rows = []
    for one in controls:
        for name in one.facts:
            if name not in known:
                known[name] = FACTS[name](context)
        facts = [known[name] for name in one.facts]
        texts = tuple(fact.text for fact in facts)
        rows.append((one.framework, one.control, one.title, answer_of(facts), texts, one.beyond))
    return CONTROL_ANSWERS.from_rows(rows)
