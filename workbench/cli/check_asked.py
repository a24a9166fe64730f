"""The options of ``check``: which checks, what somebody answers for, and what no manifest says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from workbench.cli.options import ANSWER, INPUT
from workbench.cli.workspace_options import opened_workspace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from workbench.checks import Accepted, CorporateRules, DeclaredFacts
    from workbench.cli.verdict import ProblemReporter
    from workbench.ground import Problem

__all__ = [
    "AcceptedFile",
    "CorporateFiles",
    "DeclaredOptions",
    "KeptNamespaces",
    "OnlyChecks",
    "SkippedChecks",
    "accepted_asked",
    "corporate_asked",
    "declared_asked",
    "ids_in",
]

DECLARED = "What no manifest says"

AcceptedFile: TypeAlias = Annotated[
    str,
    typer.Option(
        "--accepted",
        metavar="FILE",
        help="Findings that somebody answers for: a list 'accepted' of check, object, owner, reason and expires.",
        show_default="those of the workspace, where -w is given",
        rich_help_panel=INPUT,
    ),
]
CorporateFiles: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--rules",
        metavar="FILE",
        help="Rules of your organisation, each of which allows or denies connections (NP034); may be repeated.",
        show_default=False,
        rich_help_panel=INPUT,
    ),
]
OnlyChecks: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--only",
        metavar="IDS",
        help="Ask these checks alone, such as NP003,NP014; may be repeated.",
        show_default=False,
        rich_help_panel=ANSWER,
    ),
]
SkippedChecks: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--skip",
        metavar="IDS",
        help="Do not ask these checks; may be repeated.",
        show_default=False,
        rich_help_panel=ANSWER,
    ),
]
KeptNamespaces: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--in",
        metavar="NAMESPACES",
        help="Keep to findings about these namespaces, and about what is in none; may be repeated.",
        show_default=False,
        rich_help_panel=ANSWER,
    ),
]


@dataclass(frozen=True, slots=True)
class DeclaredOptions:
    """What a person declares about a cluster; it goes before what the workspace keeps."""

    cni: Annotated[
        str,
        typer.Option(
            "--cni",
            metavar="NAME",
            help="The network plugin, such as calico, cilium, ovn-kubernetes or flannel.",
            show_default=False,
            rich_help_panel=DECLARED,
        ),
    ] = ""
    enforced: Annotated[
        bool | None,
        typer.Option(
            "--enforced/--not-enforced",
            help="Whether the network plugin enforces NetworkPolicy.",
            show_default="as is usual with it",
            rich_help_panel=DECLARED,
        ),
    ] = None
    pod_cidr: Annotated[
        list[str] | None,
        typer.Option(
            "--pod-cidr",
            metavar="CIDR",
            help="A block that pods have addresses from; may be repeated.",
            show_default=False,
            rich_help_panel=DECLARED,
        ),
    ] = None
    service_cidr: Annotated[
        list[str] | None,
        typer.Option(
            "--service-cidr",
            metavar="CIDR",
            help="A block that Services have addresses from; may be repeated.",
            show_default=False,
            rich_help_panel=DECLARED,
        ),
    ] = None

    tenant_label: Annotated[
        str,
        typer.Option(
            "--tenant-label",
            metavar="KEY",
            help="The label of namespaces that says whose they are.",
            show_default=False,
            rich_help_panel=DECLARED,
        ),
    ] = ""

    def facts(self, kept: DeclaredFacts | None = None) -> DeclaredFacts:
        """Return what is declared.

        Parameters
        ----------
        kept : DeclaredFacts, optional
            What holds where an option is not given.
        """
        from workbench.checks import DeclaredFacts  # noqa: PLC0415  (not to list the options)

        given: dict[str, Any] = {
            "cni": self.cni,
            "enforces": self.enforced,
            "pod_cidrs": tuple(self.pod_cidr or ()),
            "service_cidrs": tuple(self.service_cidr or ()),
            "tenant_label": self.tenant_label,
        }
        named = {name: value for name, value in given.items() if value not in {None, "", ()}}
        return replace(kept or DeclaredFacts(), **named)


def corporate_asked(files: Sequence[str] | None, verdict: ProblemReporter) -> CorporateRules | None:
    """Return the rules of an organisation; a file with an error ends the command, since it would not be asked.

    Raises
    ------
    typer.Exit
        With status 2 if a file has an error.
    """
    from workbench.checks import CorporateRules, read_corporate_rules  # noqa: PLC0415  (as above)

    if not files:
        return None
    read = [read_corporate_rules(file) for file in files]
    refuse_wrong([problem for one in read for problem in one.said], verdict)
    return CorporateRules(tuple(rule for one in read for rule in one.listed))


def accepted_asked(file: str, workspace: str | None, verdict: ProblemReporter) -> Accepted | None:
    """Return the findings that somebody answers for: of a file, else of a workspace that is named.

    Raises
    ------
    typer.Exit
        With status 2 if the file has an error.
    """
    from workbench.checks import read_accepted  # noqa: PLC0415  (as above)

    if file:
        found = read_accepted(file)
        refuse_wrong(found.said, verdict)
        return found
    if workspace is None:
        return None
    with opened_workspace(workspace) as opened:
        return opened.accepted()


def declared_asked(options: DeclaredOptions, workspace: str | None) -> DeclaredFacts:
    """Return what is declared: by options, else by a workspace that is named."""
    if workspace is None:
        return options.facts()
    with opened_workspace(workspace) as opened:
        return options.facts(opened.declared())


def refuse_wrong(problems: Sequence[Problem], verdict: ProblemReporter) -> None:
    """End the command if a file that it is given beside manifests has an error; nothing is asked then.

    Raises
    ------
    typer.Exit
        With status 2.
    """
    if verdict.status(problems):
        verdict.report(problems, nothing_read=True)
        raise typer.Exit(2)


def ids_in(given: Iterable[str] | None) -> tuple[str, ...]:
    """Return names that are given one by one, or with commas between.

    Parameters
    ----------
    given : iterable of str or None
    """
    return tuple(dict.fromkeys(part for one in given or () for each in one.split(",") if (part := each.strip())))
