"""``netpol-workbench connectivity query``: may this end reach that one, and why."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Final

import typer

from workbench.cli.asking import Request, answer_on_map, semantics_of, verdict_of
from workbench.cli.edges_asked import taken
from workbench.cli.grouped import grouped
from workbench.cli.loading import Inputs
from workbench.cli.options import (
    OUTPUT,
    AnswerFormat,
    OutputFile,
    PolicyOptions,
    ReadingOptionsInFull,
    Reference,
    ReportingOptions,
)
from workbench.cli.writing import choose_destination
from workbench.ground import ANSWER_FORMATS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.connectivity import Answer, Connectivity, VerdictWord

__all__ = ["connectivity_query"]

STATUS: Final[Mapping[VerdictWord, int]] = MappingProxyType({"allowed": 0, "denied": 3, "partly": 4})
"""Exit status that ``--exit-code`` gives to answers: 1 and 2 stand for errors already."""
ENDS = "The two ends, as np-guard's evaluate names them"


@grouped
def connectivity_query(  # noqa: PLR0913  (one parameter an option)
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SRC DST DIR...",
            help="The two ends (workloads, pods, Services, addresses, or ingress-controller), then folders, files or "
            "archives with manifests; - reads standard input. Ends that options name are left out here.",
            show_default=False,
        ),
    ] = None,
    *,
    port: Annotated[
        int | None,
        typer.Option(
            "-p", "--port", "--destination-port", metavar="PORT", help="Port on DST.", show_default="all ports"
        ),
    ] = None,
    protocol: Annotated[
        str, typer.Option("--protocol", metavar="PROTOCOL", help="tcp, udp or sctp: the protocol of PORT.")
    ] = "TCP",
    source_pod: Annotated[
        str | None,
        typer.Option("-s", "--source-pod", metavar="NAME", help="Pod or workload.", rich_help_panel=ENDS),
    ] = None,
    source_namespace: Annotated[
        str,
        typer.Option("-n", "--source-namespace", metavar="NAME", help="Of --source-pod.", rich_help_panel=ENDS),
    ] = "default",
    source_ip: Annotated[
        str | None,
        typer.Option("--source-ip", metavar="ADDRESS", help="Address or block outside.", rich_help_panel=ENDS),
    ] = None,
    destination_pod: Annotated[
        str | None,
        typer.Option("-d", "--destination-pod", metavar="NAME", help="Pod or workload.", rich_help_panel=ENDS),
    ] = None,
    destination_namespace: Annotated[
        str,
        typer.Option("--destination-namespace", metavar="NAME", help="Of --destination-pod.", rich_help_panel=ENDS),
    ] = "default",
    destination_ip: Annotated[
        str | None,
        typer.Option("--destination-ip", metavar="ADDRESS", help="Address or block outside.", rich_help_panel=ENDS),
    ] = None,
    output: AnswerFormat = None,
    file: OutputFile = None,
    exit_code: Annotated[
        bool,
        typer.Option(
            "--exit-code",
            help=f"Exit with {STATUS['denied']} if the answer is denied, with {STATUS['partly']} if it is partly.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    reference: Reference = False,
    reading: ReadingOptionsInFull,
    policies: PolicyOptions,
    reporting: ReportingOptions,
) -> None:
    """Tell whether SRC may reach DST, and which policies and rules decide it.

    The answer is allowed, denied or partly: only on some of the ports that are asked about, for some of the
    pods or addresses that are meant, or depending on what the manifests do not tell. Without --port, a
    Service is asked about by the ports that it offers, anything else by all ports.

    ```
    netpol-workbench connectivity query shop/web shop/db manifests/ --port 5432
    netpol-workbench connectivity query shop/web 8.8.8.8 manifests/ -p 53 --protocol udp
    netpol-workbench connectivity query shop/web db.shop.svc manifests/ -p 5432
    netpol-workbench connectivity query -s web -n shop -d db --destination-namespace shop -p 5432 manifests/
    ```

    Exit status:

    - 0: the answer was written, whatever it says; with --exit-code: it is allowed.
    - 1: there are errors in the manifests. The answer is about what could be read, unless --strict
      or --fail forbid it.
    - 2: no Kubernetes object was found, the command was not understood, an end is unknown or
      ambiguous, or a folder or file does not exist or cannot be written.
    - 3: with --exit-code only: it is denied, and there are no errors. So is what leads to a port that a
      Service does not offer, and from or to a pod that has finished: it has no network.
    - 4: with --exit-code only: it is partly, or differs among the workloads behind a Service.
    """
    rest = list(words or ())
    source = _end("source", source_pod, source_namespace, source_ip) or taken(rest, "SRC")
    destination = _end("destination", destination_pod, destination_namespace, destination_ip) or taken(rest, "DST")
    inputs = Inputs.of(rest, reading)
    target = choose_destination("answer", "answer", output=output, file=file)
    verdict = verdict_of(reporting, "answer")

    answers: list[Answer] = []

    def written(found: Connectivity) -> str | bytes:
        answers.append(found.query(source, destination, port, protocol))
        return ANSWER_FORMATS.render("answer", target.format_name, answers)

    def status_of() -> int:
        return STATUS[answers[0].verdict] if exit_code else 0

    semantics = semantics_of(policies, reference=reference)
    question = Request(inputs, target, verdict, reference=reference, semantics=semantics)
    answer_on_map(question, written, status_of)


def _end(side: str, pod: str | None, namespace: str, address: str | None) -> str | None:
    if pod is not None and address is not None:
        message = f"name either --{side}-pod or --{side}-ip"
        raise typer.BadParameter(message, param_hint=f"'--{side}-ip'")
    if pod is None:
        return address
    return pod if "/" in pod else f"{namespace}/{pod}"
