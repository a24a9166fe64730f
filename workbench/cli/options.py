"""The options that commands share, each declared and explained once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

import typer
from typer.models import OptionInfo

from workbench.ground import ANSWER_FORMATS, ArgumentError

__all__ = [
    "ANSWER",
    "OUTPUT",
    "AnswerFormat",
    "AuditDiffFormat",
    "AuditFormat",
    "ClusterAddresses",
    "CutFormat",
    "DiffFormat",
    "ExplanationFormat",
    "ExposureFormat",
    "Fail",
    "FindingsFormat",
    "FocusConn",
    "FocusDirection",
    "FocusPeers",
    "FocusWorkloads",
    "HelmCharts",
    "HelmValues",
    "HostNetwork",
    "InputPaths",
    "IpRangesOption",
    "KustomizeFolders",
    "MapFormat",
    "MultipleNetworks",
    "Namespace",
    "NamespaceInFull",
    "NoCache",
    "Only",
    "OutputFile",
    "PolicyOptions",
    "Quiet",
    "ReadingOptions",
    "ReadingOptionsInFull",
    "Reference",
    "Remove",
    "RepairFormat",
    "ReportingOptions",
    "SaveToFile",
    "SimulationFormat",
    "Strict",
    "TableFormat",
    "Verbose",
    "VerificationFormat",
    "ViolationsFormat",
]

INPUT, ANSWER, OUTPUT, PROBLEMS = "Input", "Answer", "Output", "Problems in the input"
READING = "How policies are read"


def _format_option(answer: str) -> OptionInfo:
    option: OptionInfo = typer.Option(
        "-o",
        "--output",
        "--output-format",
        metavar="FORMAT",
        help=f"One of {', '.join(ANSWER_FORMATS.names(answer))}.",
        show_default="as FILE ends, else txt",
        rich_help_panel=OUTPUT,
    )
    return option


InputPaths: TypeAlias = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="DIR",
        help="Folders (read recursively), files or archives with manifests; - reads standard input.",
        show_default=False,
    ),
]


def _namespace_option(*names: str) -> OptionInfo:
    def valid(name: str) -> str:
        from workbench.inventory import check_namespace  # noqa: PLC0415  (brings pydantic)

        if name:
            try:
                check_namespace(name)
            except ArgumentError as error:
                raise typer.BadParameter(str(error)) from error
        return name

    option: OptionInfo = typer.Option(
        *names,
        metavar="NAME",
        help="Namespace of objects that name none, as with kubectl -n or helm template -n; else default.",
        callback=valid,
        show_default=False,
    )
    return option


Namespace: TypeAlias = Annotated[str, _namespace_option("-n", "--namespace")]
NamespaceInFull: TypeAlias = Annotated[str, _namespace_option("--namespace")]
"""Where -n is another option."""
KustomizeFolders: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--kustomize",
        metavar="DIR",
        help="Render the kustomization in DIR with kustomize or kubectl, and read what comes out; may be repeated.",
        show_default=False,
        rich_help_panel=INPUT,
    ),
]
HelmCharts: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--helm",
        metavar="CHART",
        help="Render a Helm chart with helm template, and read what comes out; may be repeated.",
        show_default=False,
        rich_help_panel=INPUT,
    ),
]
HelmValues: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--values",
        metavar="FILE",
        help="Values for --helm; may be repeated.",
        show_default=False,
        rich_help_panel=INPUT,
    ),
]
NoCache: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--no-cache",
        help="Neither cache the contents of large files in the user's cache folder, nor use what is cached there; "
        "NETPOL_NO_CACHE=1 in the environment does the same.",
        rich_help_panel=INPUT,
    ),
]
MapFormat: TypeAlias = Annotated[str | None, _format_option("map")]
AnswerFormat: TypeAlias = Annotated[str | None, _format_option("answer")]
ExplanationFormat: TypeAlias = Annotated[str | None, _format_option("explanation")]
ExposureFormat: TypeAlias = Annotated[str | None, _format_option("exposure")]
DiffFormat: TypeAlias = Annotated[str | None, _format_option("diff")]
TableFormat: TypeAlias = Annotated[str | None, _format_option("table")]
ViolationsFormat: TypeAlias = Annotated[str | None, _format_option("violations")]
SimulationFormat: TypeAlias = Annotated[str | None, _format_option("simulation")]
RepairFormat: TypeAlias = Annotated[str | None, _format_option("repair")]
CutFormat: TypeAlias = Annotated[str | None, _format_option("cut")]
OutcomesFormat: TypeAlias = Annotated[str | None, _format_option("outcomes")]
FindingsFormat: TypeAlias = Annotated[str | None, _format_option("findings")]
AuditFormat: TypeAlias = Annotated[str | None, _format_option("audit")]
AuditDiffFormat: TypeAlias = Annotated[str | None, _format_option("audit-diff")]
VerificationFormat: TypeAlias = Annotated[str | None, _format_option("verification")]
FocusWorkloads: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--focus-workload",
        "--focusworkload",
        metavar="NAMES",
        help="Keep to connections of these workloads: names or namespace/name, comma-joined, also ingress-controller.",
        show_default=False,
        rich_help_panel=ANSWER,
    ),
]
FocusPeers: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--focus-workload-peer",
        "--focusworkload-peer",
        metavar="NAMES",
        help="Keep to connections whose other end is one of these.",
        show_default=False,
        rich_help_panel=ANSWER,
    ),
]
FocusDirection: TypeAlias = Annotated[
    Literal["ingress", "egress"] | None,
    typer.Option(
        "--focus-direction",
        help="Keep to connections that end at the workloads in focus, or begin there. Without workloads in focus, an "
        "exposure keeps to this direction, and a map is not changed.",
        show_default=False,
        rich_help_panel=ANSWER,
    ),
]
FocusConn: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--focus-conn",
        metavar="PROTOCOL-PORT",
        help="Keep to one connection, such as tcp-80.",
        show_default=False,
        rich_help_panel=ANSWER,
    ),
]
Only: TypeAlias = Annotated[
    Literal["allow", "deny"] | None,
    typer.Option(
        "--only",
        "--explain-only",
        help="Explain what is allowed alone, or what is denied.",
        show_default=False,
        rich_help_panel=ANSWER,
    ),
]
MultipleNetworks: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--multiple-networks",
        help="Answer for each network separately: of the pod network, of (Cluster)UserDefinedNetworks and of "
        "NetworkAttachmentDefinitions. Otherwise the primary networks are one, and others are left out.",
        rich_help_panel=ANSWER,
    ),
]
Reference: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--reference",
        help="Answer line for line as netpol-analyzer does: split ranges, IPv4 only, no lines "
        "about the pods of one workload among themselves, pods of the host's network can be isolated like any "
        "other, finished pods count, and ports of sidecars, labels that controllers add and custom resources do not.",
        rich_help_panel=OUTPUT,
    ),
]
HostNetwork: TypeAlias = Annotated[
    Literal["node", "pod"] | None,
    typer.Option(
        "--host-network",
        help="How policies see pods of the host's network: node, as with most network plugins (no policy "
        "applies to them, no selector chooses them, their traffic is the node's), or pods like any others.",
        show_default="node",
        rich_help_panel=READING,
    ),
]
ClusterAddresses: TypeAlias = Annotated[
    Literal["ignored", "admin", "all"] | None,
    typer.Option(
        "--cluster-addresses",
        help="Whose blocks also hold pods, by their addresses, where network plugins differ: those of admin "
        "policies, of all policies (ipBlock, too), or of none.",
        show_default="admin",
        rich_help_panel=READING,
    ),
]
OutputFile: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "-f",
        "--file",
        "--output-file",
        metavar="FILE",
        help="Write to FILE instead of standard output; an older FILE stays whole until the new one is.",
        show_default=False,
        rich_help_panel=OUTPUT,
    ),
]
SaveToFile: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--save-to-file",
        help="Without -f, write to a file of the usual name in this folder, if there is none yet.",
        rich_help_panel=OUTPUT,
    ),
]
Remove: TypeAlias = Annotated[
    bool,
    typer.Option("--remove", help="Let --save-to-file replace an older file.", rich_help_panel=OUTPUT),
]
IpRangesOption: TypeAlias = Annotated[
    Literal["merged", "split"] | None,
    typer.Option(
        "--ip-ranges",
        help="Join address ranges that touch and have equal connections, or keep them split "
        "wherever any policy draws a line.",
        show_default="merged",
        rich_help_panel=OUTPUT,
    ),
]
Strict: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--strict",
        help="Treat warnings as errors, and answer only if there are none: all are listed, nothing else is written.",
        rich_help_panel=PROBLEMS,
    ),
]
Fail: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--fail",
        help="Stop at the first error and write nothing. With --strict, also at the first warning.",
        rich_help_panel=PROBLEMS,
    ),
]
Quiet: TypeAlias = Annotated[
    bool,
    typer.Option("-q", "--quiet", help="Report errors only: no warnings, no summary.", rich_help_panel=PROBLEMS),
]
Verbose: TypeAlias = Annotated[
    bool,
    typer.Option(
        "-v",
        "--verbose",
        help="Report every single problem, and what is merely worth knowing.",
        rich_help_panel=PROBLEMS,
    ),
]


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """What every command takes that reads manifests: where they come from, and how they are read."""

    namespace: Namespace = ""
    kustomize: KustomizeFolders = None
    helm: HelmCharts = None
    values: HelmValues = None
    no_cache: NoCache = False


@dataclass(frozen=True, slots=True)
class ReadingOptionsInFull(ReadingOptions):
    """The same, where -n is another option."""

    namespace: NamespaceInFull = ""


@dataclass(frozen=True, slots=True)
class PolicyOptions:
    """What every command takes that evaluates policies."""

    host_network: HostNetwork = None
    cluster_addresses: ClusterAddresses = None


@dataclass(frozen=True, slots=True)
class ReportingOptions:
    """What every command takes that tells of problems in manifests."""

    strict: Strict = False
    fail: Fail = False
    quiet: Quiet = False
    verbose: Verbose = False
