"""netpol-workbench: which workloads may connect to which in Kubernetes, as DataFrames and graphs.

Here are the names that most work begins with; the packages below have the rest. Each name is imported when it is first
used, so that a short command does not wait for libraries that it does not need.
"""

from workbench.ground import ANSWER_FORMATS, lazy_door, offer, offer_home

_FORMATS = "netpol_workbench.formats"
for _home, _answers in {
    "workbench.ground.table_formats": ("table",),
    "workbench.connectivity.formats": ("map", "networks", "diff", "exposure", "explanation", "answer"),
    "workbench.flows.used_formats": ("used",),
    "workbench.generate.formats": ("proposal",),
    "workbench.whatif.formats": ("simulation",),
    "workbench.whatif.outcome_formats": ("outcomes",),
    "workbench.whatif.several_formats": ("simulations",),
    "workbench.whatif.remedy_formats": ("cut", "repair"),
    "workbench.baseline.violation_formats": ("violations",),
    "workbench.checks.formats": ("findings",),
    "workbench.report.formats": ("audit", "audit-diff", "verification"),
}.items():
    offer_home(_FORMATS, _home)
    ANSWER_FORMATS.declare(*_answers)
offer_home("netpol_workbench.flow_formats", "workbench.flows.readers")
offer_home("netpol_workbench.range_formats", "workbench.external.readers")
offer_home("netpol_workbench.policy_kinds", "workbench.policy.kinds")
offer_home("netpol_workbench.strategies", "workbench.generate.strategies")
offer_home(_FORMATS, "workbench.generate.dialects")
offer_home("netpol_workbench.checks", "workbench.checks.rules")
offer_home("netpol_workbench.report_sections", "workbench.report.sections")
offer_home("netpol_workbench.panels", "workbench.panels.tabs")
offer_home("netpol_workbench.details", "workbench.panels.details.tabs")
# Pictures of answers are drawn above the rooms that give them, and asked for as their other formats are.
for _answer, _module in {
    "map": "map",
    "networks": "networks",
    "diff": "difference",
    "exposure": "exposure",
    "used": "used",
}.items():
    for _format in ("svg", "png"):
        offer(_FORMATS, f"{_answer}.{_format}", f"workbench.drawing.answers.{_module}")
# Each dialect is a format of proposals, too.
for _dialect, _module in {
    "calico-staged": "calico",
    "cilium": "cilium",
    "eks-application": "eks",
    "kguardian-audit": "kguardian",
}.items():
    offer(_FORMATS, f"proposal.{_dialect}", f"workbench.generate.dialects.{_module}")

__getattr__, __dir__, __all__ = lazy_door(__name__, __file__)
