"""The options of ``check``: which checks, what somebody answers for, and what no manifest says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from workbench.cli.options import ANSWER, INPUT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workbench.checks import DeclaredFacts

__all__ = [
    "AcceptedFile",
    "CorporateFiles",
    "DeclaredOptions",
    "KeptNamespaces",
    "OnlyChecks",
    "SkippedChecks",
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

    def facts(self) -> DeclaredFacts:
        """Return what is declared."""
        from workbench.checks import DeclaredFacts  # noqa: PLC0415  (not to list the options)

        return DeclaredFacts(
            self.cni,
            self.enforced,
            tuple(self.pod_cidr or ()),
            tuple(self.service_cidr or ()),
            tenant_label=self.tenant_label,
        )


def ids_in(given: Iterable[str] | None) -> tuple[str, ...]:
    """Return names that are given one by one, or with commas between.

    Parameters
    ----------
    given : iterable of str or None
    """
    return tuple(dict.fromkeys(part for one in given or () for each in one.split(",") if (part := each.strip())))
