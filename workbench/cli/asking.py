"""What all questions about one cluster have in common: read it, compute, answer, and tell what was wrong with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple, NoReturn

import typer

from workbench.cli.as_reference import with_known_names
from workbench.cli.loading import load_inputs, missing_workloads
from workbench.cli.progress import shown_progress
from workbench.cli.verdict import ProblemReporter
from workbench.cli.writing import write
from workbench.connectivity import Focus, Semantics
from workbench.ground import ArgumentError, no_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workbench.cli.loading import Inputs
    from workbench.cli.options import PolicyOptions, ReportingOptions
    from workbench.cli.writing import Destination
    from workbench.connectivity import Connectivity, IpRanges, Networks
    from workbench.ground import Problem, Progress
    from workbench.inventory import Cluster

__all__ = ["Request", "answer", "answer_on_map", "focus_of", "semantics_of", "verdict_of"]


class Request(NamedTuple):
    """What was asked of which manifests.

    Attributes
    ----------
    inputs : Inputs
    destination : Destination
    verdict : ProblemReporter
    reference : bool
        Whether to list external ranges as the reference tool does.
    semantics : Semantics
        How to read what policies leave open.
    focus : Focus or None
        What the answer is restricted to; None where the question has none.
    multiple_networks : bool

    """

    inputs: Inputs
    destination: Destination
    verdict: ProblemReporter
    reference: bool = False
    semantics: Semantics = Semantics()
    focus: Focus | None = None
    multiple_networks: bool = False

    def ranges(self, wanted: IpRanges | None = None) -> IpRanges:
        """Return how external ranges are listed: as `wanted`, else as the reading does."""
        return wanted or ("split" if self.reference else "merged")


def focus_of(
    workloads: Sequence[str] | None,
    peers: Sequence[str] | None,
    direction: Literal["ingress", "egress"] | None,
    conn: str | None,
    *,
    reference: bool = False,
) -> Focus:
    """Return what the focus options ask for; as netpol-analyzer does, peers count beside workloads only.

    Raises
    ------
    typer.BadParameter
        If they do not go together, or if the connection is none.

    """
    if reference and not workloads:
        peers = None
    try:
        return Focus.of(workloads or (), peers=peers or (), direction=direction, conn=conn)
    except ArgumentError as error:
        raise typer.BadParameter(str(error), param_hint="'--focus-…'") from error


def semantics_of(policies: PolicyOptions, *, reference: bool = False) -> Semantics:
    """Return the reading that the options ask for: the reference tool's or the default, but for what they name."""
    found = Semantics.REFERENCE if reference else Semantics()
    return replace(
        found,
        host_network=policies.host_network or found.host_network,
        cluster_addresses=policies.cluster_addresses or found.cluster_addresses,
    )


def verdict_of(reporting: ReportingOptions, answer: str) -> ProblemReporter:
    """Return how a command takes the problems of its input, and that it writes `answer`."""
    return ProblemReporter(
        strict=reporting.strict,
        fail=reporting.fail,
        quiet=reporting.quiet,
        verbose=reporting.verbose,
        answer=answer,
    )


def answer(
    question: Request,
    written: Callable[[Connectivity | Networks, Cluster], str | bytes],
    status_of: Callable[[], int] = int,
    found_late: Callable[[], Sequence[Problem]] = tuple,
) -> NoReturn:
    """Answer on standard output or in a file, report problems on standard error, and exit.

    Parameters
    ----------
    written : callable
        Returns the answer in its format, for what was computed and the cluster. A WorkbenchError of it is a question
        that cannot be answered: nothing is written, and the exit status is 2.
    status_of : callable
        Returns the exit status that the answer deserves, where there was no error in the input.
    found_late : callable
        Returns the problems of what was read for the answer beside manifests, once it is written.

    """
    verdict = question.verdict
    with shown_progress(wanted=not verdict.quiet) as progress:
        cluster = load_inputs(question.inputs, verdict, progress)
        computed = _computed(question, cluster, progress)
        problems = [*computed.problems_found, *missing_workloads(cluster, question.inputs)]
        refused = verdict.refuses(problems)
        content = "" if refused else _asked(question, computed, cluster, written)
        problems.extend(found_late())
        refused = refused or verdict.refuses(problems)
    if not refused:
        write(content, question.destination.file)
    verdict.report(problems)  # last, where a person at a terminal still sees it
    raise typer.Exit(verdict.status(problems) or (0 if refused else status_of()))


def answer_on_map(
    question: Request, written: Callable[[Connectivity], str | bytes], status_of: Callable[[], int] = int
) -> NoReturn:
    """Answer as `answer` does, a question that is not asked by network."""

    def on_map(found: Connectivity | Networks, _: Cluster) -> str | bytes:
        from workbench.connectivity import Networks  # noqa: PLC0415  (brings pandas)

        if isinstance(found, Networks):
            message = "this question cannot be split by network"
            raise TypeError(message)
        return written(found)

    answer(question, on_map, status_of)


def _computed(question: Request, cluster: Cluster, progress: Progress) -> Connectivity | Networks:
    from workbench.connectivity import connectivity_by_network, evaluate  # noqa: PLC0415  (brings numpy)

    semantics = question.semantics
    if question.multiple_networks:
        return connectivity_by_network(cluster, semantics=semantics, progress=progress)
    return evaluate(cluster, semantics=semantics, progress=progress)


def _asked(
    question: Request,
    computed: Connectivity | Networks,
    cluster: Cluster,
    written: Callable[[Connectivity | Networks, Cluster], str | bytes],
) -> str | bytes:
    focus = question.focus
    if focus is not None and question.reference:
        focus, is_left = with_known_names(computed, focus, question.verdict.remark)
        if not is_left:
            from workbench.inventory import Cluster  # noqa: PLC0415  (brings the readers of manifests)

            cluster = Cluster()
            computed = _computed(question, cluster, no_progress)
    return written(computed if focus is None else computed.focus(focus), cluster)
