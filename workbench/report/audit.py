"""An audit: what was found about a cluster at a time, in sections that people read and tables that programs do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from workbench.checks import Accepted, DeclaredFacts
from workbench.connectivity import Semantics, evaluate
from workbench.ground import ArgumentError, FirstRows, Problem, Progress, Result, count_of, first_rows, no_progress
from workbench.inventory import Cluster, check_namespace, no_cluster
from workbench.report.context import AuditContext
from workbench.report.model import ReportTable, Section
from workbench.report.registry import chosen_sections
from workbench.report.versions import versions_here

if TYPE_CHECKING:
    import pandas as pd

    from workbench.baseline import Baselines
    from workbench.checks import CorporateRule
    from workbench.external import AddressBook
    from workbench.flows import Flows
    from workbench.ground import Anonymiser

__all__ = ["DEFAULT_TITLE", "Audit", "AuditInputs", "audit", "audit_of_inputs"]

DEFAULT_TITLE = "Network policy audit"


@dataclass(frozen=True, eq=False)
class AuditInputs:
    """What an audit was made of, so that it can be made again.

    Attributes
    ----------
    cluster : Cluster
    flows : Flows or None
    baselines : Baselines or None
    book : AddressBook or None
    accepted : Accepted or None
    declared : DeclaredFacts
    corporate : tuple of CorporateRule or None
    earlier : Audit or None
    sections : tuple of str
        The ids of those that were asked for; empty for all.
    semantics : Semantics
    is_anonymised : bool
        Whether names and addresses in them are stand-ins.
    """

    cluster: Cluster
    flows: Flows | None = None
    baselines: Baselines | None = None
    book: AddressBook | None = None
    accepted: Accepted | None = None
    declared: DeclaredFacts = field(default_factory=DeclaredFacts)
    corporate: tuple[CorporateRule, ...] | None = None
    earlier: Audit | None = None
    sections: tuple[str, ...] = ()
    semantics: Semantics = Semantics()
    is_anonymised: bool = False


@dataclass(frozen=True, eq=False, repr=False)
class Audit(Result):
    """An audit of a cluster. Made by `audit`, or read from a bundle.

    Attributes
    ----------
    title, author : str
    now : datetime
        When it was made, UTC.
    namespaces : tuple of str
        What it is about; empty for all.
    sections : tuple of Section
        In the order of reports.
    versions : mapping of str to str
        The packages that it was made with.
    said : tuple of Problem
        What was wrong with the input.
    inputs : AuditInputs or None
        What it was made of; None where it was read from a bundle.
    """

    _written_as: ClassVar[str] = "audit"
    _columns: ClassVar[tuple[str, ...]] = ("meaning", "number", "out_of")

    title: str
    author: str
    now: datetime
    namespaces: tuple[str, ...]
    sections: tuple[Section, ...]
    versions: Mapping[str, str]
    said: tuple[Problem, ...] = ()
    inputs: AuditInputs | None = None
    origins: tuple[Result, ...] = field(default=(), compare=False)

    @property
    def problems_found(self) -> tuple[Problem, ...]:
        """What was wrong with the input, each problem once."""
        return tuple(dict.fromkeys((*super().problems_found, *self.said)))

    @cached_property
    def tables(self) -> Mapping[str, ReportTable]:
        """The tables of all sections, by id."""
        return MappingProxyType({one.id: one for section in self.sections for one in section.tables})

    def section(self, name: str) -> Section:
        """Return a section.

        Parameters
        ----------
        name : str
            Its id.

        Raises
        ------
        ArgumentError
            If the audit does not have it.
        """
        for one in self.sections:
            if one.id == name:
                return one
        message = f"the audit has no section {name!r}: it has {', '.join(one.id for one in self.sections)}"
        raise ArgumentError(message)

    def frame(self, table: str) -> pd.DataFrame:
        """Return a table.

        Parameters
        ----------
        table : str
            Its id, such as ``coverage``.

        Raises
        ------
        ArgumentError
            If the audit does not have it.
        """
        if table not in self.tables:
            message = f"the audit has no table {table!r}: it has {', '.join(self.tables)}"
            raise ArgumentError(message)
        return self.tables[table].frame.copy()

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each figure of the summary; columns as in `frames.AUDIT_FIGURES`.

        Without a summary there are none.
        """
        from workbench.report.frames import AUDIT_FIGURES  # noqa: PLC0415  (not for those who ask nothing)

        return self.frame("figures") if "figures" in self.tables else AUDIT_FIGURES.from_rows(())

    @property
    def notes(self) -> tuple[str, ...]:
        """What is missing, a sentence each."""
        return tuple(one.text for section in self.sections for one in section.prose if one.kind.value == "missing")

    def _facts(self) -> Iterator[str]:
        yield self.title
        yield f"{self.now:%Y-%m-%d %H:%M} UTC"
        yield count_of(len(self.sections), "section")
        yield count_of(len(self.tables), "table")

    def _first_rows(self) -> FirstRows:
        return first_rows(self.to_frame(), self._columns, noun="figure")

    def __str__(self) -> str:
        return self.render("txt")


def audit(  # noqa: PLR0913  (one parameter an input, as people have them)
    cluster: Cluster,
    *,
    now: datetime,
    flows: Flows | None = None,
    baselines: Baselines | None = None,
    address_book: AddressBook | None = None,
    accepted: Accepted | None = None,
    declared: DeclaredFacts | None = None,
    corporate: Iterable[CorporateRule] | None = None,
    earlier: Audit | None = None,
    title: str = "",
    author: str = "",
    namespaces: Iterable[str] = (),
    sections: Iterable[str] = (),
    semantics: Semantics = Semantics(),
    anonymiser: Anonymiser | None = None,
    versions: Mapping[str, str] | None = None,
    progress: Progress = no_progress,
) -> Audit:
    """Audit what the policies of a cluster allow, and what was seen of it.

    Parameters
    ----------
    cluster : Cluster
    now : datetime
        When the audit is made; without a zone it is UTC. The same inputs and time give the same audit.
    flows : Flows, optional
        What was seen. They are attributed to the cluster, and their ends outside are called by the address book.
    baselines : Baselines, optional
        What is normal.
    address_book : AddressBook, optional
        Who is outside.
    accepted : Accepted, optional
        Findings that somebody answers for.
    declared : DeclaredFacts, optional
        What no manifest says.
    corporate : iterable of CorporateRule, optional
        Rules of an organisation.
    earlier : Audit, optional
        Changes since it are a section; `read_bundle` returns it.
    title, author : str, optional
    namespaces : iterable of str, optional
        What the audit is about; all where it is empty.
    sections : iterable of str, optional
        Ids of those that are written; all where it is empty.
    semantics : Semantics, optional
        How policies are read.
    anonymiser : Anonymiser, optional
        Then all names, labels and addresses are stand-ins by its key, also in a bundle. Title and author are as they
        are given; baselines, address book, accepted findings, corporate rules and an earlier audit have no stand-ins.
    versions : mapping of str to str, optional
        The packages that it says it is made with; those that are installed by default.
    progress : Progress, optional
        It may raise, and that stops the work.

    Returns
    -------
    Audit

    Raises
    ------
    TypeError
        If the cluster is none.
    ArgumentError
        If a namespace is not in the cluster, or if something is given that has no stand-ins.
    UnknownPluginError
        If there is no such section.
    """
    if not isinstance(cluster, Cluster):
        no_cluster(cluster, "audit")
    given = AuditInputs(
        cluster,
        flows,
        baselines or None,
        address_book,
        accepted,
        DeclaredFacts() if declared is None else declared,
        None if corporate is None else tuple(corporate),
        earlier,
        tuple(dict.fromkeys(sections)),
        semantics,
    )
    chosen_sections(given.sections)
    scope = _scope(cluster, namespaces)
    if anonymiser is not None:
        from workbench.report.anonymising import anonymised_inputs  # noqa: PLC0415  (not for all others)

        given = anonymised_inputs(given, anonymiser)
        scope = tuple(sorted(map(anonymiser.namespace, scope)))
    return audit_of_inputs(
        given, now=now, title=title, author=author, namespaces=scope, versions=versions, progress=progress
    )


def audit_of_inputs(  # noqa: PLR0913  (as of `audit`)
    given: AuditInputs,
    *,
    now: datetime,
    title: str,
    author: str,
    namespaces: tuple[str, ...],
    versions: Mapping[str, str] | None = None,
    progress: Progress = no_progress,
) -> Audit:
    """Audit inputs as they are.

    Parameters
    ----------
    given : AuditInputs
    now, title, author, namespaces, versions, progress
        As of `audit`.

    Returns
    -------
    Audit
    """
    kinds = chosen_sections(given.sections)
    inputs = replace(given, flows=_prepared(given.cluster, given.flows, given.book))
    connectivity = evaluate(given.cluster, semantics=given.semantics, progress=progress)
    context = AuditContext(
        connectivity,
        _utc(now),
        namespaces,
        inputs.flows,
        given.baselines,
        given.book,
        given.accepted,
        given.declared,
        given.corporate,
        given.earlier,
        title or DEFAULT_TITLE,
        author,
        versions_here() if versions is None else MappingProxyType(dict(versions)),
        given.semantics,
        given.is_anonymised,
        progress,
    )
    written = tuple(context.section(one.id) for one in kinds)
    return Audit(
        context.title,
        author,
        context.now,
        namespaces,
        written,
        context.versions,
        _said(given.flows, given.accepted),
        inputs,
        (connectivity,),
    )


def _utc(now: datetime) -> datetime:
    """Return a time in UTC, without what no report shows: less than a second."""
    aware = now.replace(tzinfo=UTC) if now.tzinfo is None else now.astimezone(UTC)
    return aware.replace(microsecond=0)


def _scope(cluster: Cluster, namespaces: Iterable[str]) -> tuple[str, ...]:
    names = tuple(sorted(set(namespaces)))
    known = {one.name for one in cluster.objects.namespaces}
    for one in names:
        check_namespace(one)
        if one not in known:
            message = f"there is no namespace {one} in the manifests"
            raise ArgumentError(message, f"there are {', '.join(sorted(known))}")
    return names


def _prepared(cluster: Cluster, flows: Flows | None, book: AddressBook | None) -> Flows | None:
    """Return flows as audits ask them: by themselves, whatever they were chosen from."""
    if flows is None:
        return None
    own = flows.attributed(cluster).apart()
    return own.tagged(None) if book is None else book.tag(own)


def _said(flows: Flows | None, accepted: Accepted | None) -> tuple[Problem, ...]:
    problems: tuple[Problem, ...] = getattr(flows, "problems_found", ())
    return (*problems, *(() if accepted is None else accepted.said))
