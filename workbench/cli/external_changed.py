"""``netpol-workbench external add``, ``rename``, ``remove``, ``import`` and others: each is a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from workbench.cli.asking import verdict_of
from workbench.cli.grouped import grouped
from workbench.cli.options import ReportingOptions
from workbench.cli.workspace_options import OfCluster, Workspace, keep_changed
from workbench.ground import count_of, first_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.external import AddressBook

__all__ = [
    "external_add",
    "external_forget",
    "external_hide_providers",
    "external_import",
    "external_remove",
    "external_rename",
    "external_show_providers",
]

Why: TypeAlias = Annotated[
    str, typer.Option("--why", metavar="TEXT", help="The reason, kept with the decision.", show_default=False)
]
Name: TypeAlias = Annotated[str, typer.Argument(metavar="NAME", help="What flows and graphs call it.")]
Cidr: TypeAlias = Annotated[
    str, typer.Argument(metavar="CIDR", help="A block such as 203.0.113.0/24, or one address.", show_default=False)
]
Cidrs: TypeAlias = Annotated[
    list[str],
    typer.Argument(metavar="CIDR", help="Blocks such as 203.0.113.0/24, or single addresses.", show_default=False),
]


def external_add(
    name: Name, cidrs: Cidrs, *, why: Why = "", workspace: Workspace = None, cluster: OfCluster = ""
) -> None:
    """Give blocks a name: their addresses are one end of flows and graphs.

    ```
    netpol-workbench external add 'payment provider' 203.0.113.0/24 2001:db8:40::/48 --why 'their contract'
    ```

    Exit status:

    - 0: they have the name.
    - 2: a block is none, or has a name already, or the name means something else; nothing was kept.
    """

    def added(book: AddressBook) -> AddressBook:
        for cidr in cidrs:
            book = book.add(name, cidr)
        return book

    _decide(added, f"{name}: {first_of(cidrs)}", workspace, cluster, why)


def external_rename(
    cidr: Cidr, name: Name, *, why: Why = "", workspace: Workspace = None, cluster: OfCluster = ""
) -> None:
    """Give a block that a person named another name.

    ```
    netpol-workbench external rename 203.0.113.0/24 'acquirer'
    ```

    Exit status:

    - 0: it has the name.
    - 2: the address book has no such block, or the name means something else.
    """
    _decide(lambda book: book.rename(cidr, name), f"{name}: {cidr}", workspace, cluster, why)


def external_remove(cidrs: Cidrs, *, why: Why = "", workspace: Workspace = None, cluster: OfCluster = "") -> None:
    """Take blocks out of the address book: their addresses have the name of the next block around them, if any.

    ```
    netpol-workbench external remove 203.0.113.0/24
    ```

    Exit status:

    - 0: they are gone; `workspace undo` brings them back.
    - 2: the address book has no such block; nothing was removed.
    """

    def without(book: AddressBook) -> AddressBook:
        for cidr in cidrs:
            book = book.remove(cidr)
        return book

    _decide(without, f"removed {first_of(cidrs)}", workspace, cluster, why)


@grouped
def external_import(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE",
            help="Files as providers publish them, KnownServers of Kubescape, or external entities of Red Hat ACS; "
            "each is recognised by what it holds.",
            show_default=False,
        ),
    ],
    *,
    provider: Annotated[
        str,
        typer.Option(
            "--provider",
            metavar="NAME",
            help="Whose blocks they are, where a file is a mere list or a geofeed.",
            show_default=False,
        ),
    ] = "",
    why: Why = "",
    workspace: Workspace = None,
    cluster: OfCluster = "",
    reporting: ReportingOptions,
) -> None:
    """Import what files say of addresses outside. Nothing is downloaded: fetch them from the providers' sites.

    A provider's file takes the place of an older one; blocks that have a name already keep it.

    ```
    netpol-workbench external import ip-ranges.json ServiceTags_Public.json
    netpol-workbench external import google.csv --provider DigitalOcean
    ```

    Exit status:

    - 0: everything was imported.
    - 1: a part could not be read; all else was imported, unless --strict or --fail forbade it.
    - 2: the command was not understood, or a file does not exist.
    """
    from workbench.external import read_external  # noqa: PLC0415  (brings numpy)

    verdict = verdict_of(reporting, "address book")
    found = read_external(files, provider=provider)
    if not verdict.refuses(found.problems) and (found.ranges or found.known_servers or found.blocks):
        parts = [f"{count_of(len(one.blocks), 'block')} of {one.key}" for one in found.ranges]
        if found.known_servers:
            parts.append(count_of(len(found.known_servers), "known server"))
        if found.blocks:
            parts.append(f"{count_of(len(found.blocks), 'block')} with a name")
        _decide(lambda book: book.with_imported(found), ", ".join(parts), workspace, cluster, why)
    verdict.report(found.problems)
    raise typer.Exit(verdict.status(found.problems))


def external_forget(
    provider: Annotated[str, typer.Argument(metavar="PROVIDER", help="Such as Amazon.", show_default=False)],
    *,
    why: Why = "",
    workspace: Workspace = None,
    cluster: OfCluster = "",
) -> None:
    """Take back what was imported of a provider; ranges that a package ships count again.

    ```
    netpol-workbench external forget Amazon
    ```

    Exit status:

    - 0: it is gone.
    - 2: nothing of it was imported.
    """
    _decide(lambda book: book.without_ranges(provider), f"forgot {provider}", workspace, cluster, why)


def external_hide_providers(*, why: Why = "", workspace: Workspace = None, cluster: OfCluster = "") -> None:
    """Leave the names of providers out of flows and graphs.

    ```
    netpol-workbench external hide-providers
    ```
    """
    _decide(lambda book: book.hiding_providers(), "names of providers are hidden", workspace, cluster, why)


def external_show_providers(*, why: Why = "", workspace: Workspace = None, cluster: OfCluster = "") -> None:
    """Have the names of providers again.

    ```
    netpol-workbench external show-providers
    ```
    """
    _decide(lambda book: book.hiding_providers(hide=False), "names of providers are shown", workspace, cluster, why)


def _decide(
    change: Callable[[AddressBook], AddressBook], said: str, workspace: str | None, cluster: str, why: str
) -> None:
    """Keep a changed address book, and say under which number."""
    keep_changed("address_book", workspace, cluster, why, change, said, must_exist=False)
