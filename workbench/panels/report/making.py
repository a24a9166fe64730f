"""Reports are made beside the page, and kept with what was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from traitlets import Any as AnyValue
from traitlets import Instance, TraitError, Unicode, validate

from workbench.baseline import Baselines
from workbench.checks import Accepted
from workbench.ground import Anonymiser, ArgumentError, Progress, listed, no_progress
from workbench.panels.frame import Names, PanelState
from workbench.panels.report.ingredients import INGREDIENTS, Ingredients, Pantry
from workbench.report import Audit, audit, chosen_sections, html

if TYPE_CHECKING:
    from workbench.connectivity import Semantics
    from workbench.flows import Flows
    from workbench.inventory import Cluster
    from workbench.panels.frame import Scope
    from workbench.report import SectionKind

__all__ = ["Asked", "Made", "Making", "Task"]


class Asked(NamedTuple):
    """What a report depends on; named as a person is told that it has changed."""

    cluster: Cluster
    semantics: Semantics
    time: tuple[datetime | None, datetime | None]
    used: Ingredients
    earlier: Audit | None
    anonymiser: Anonymiser | None
    title: str
    author: str
    namespaces: tuple[str, ...]
    sections: tuple[str, ...]

    def changed_since(self, before: Asked) -> tuple[str, ...]:
        """Return what is another by now, in words.

        Parameters
        ----------
        before : Asked
        """
        return tuple(self._changes(before))

    def _changes(self, before: Asked) -> Iterator[str]:
        if self.cluster is not before.cluster:
            yield "the cluster"
        for name, now, was in zip(INGREDIENTS, self.used, before.used, strict=True):
            if now is not was and not _is_alike(now, was):
                yield _WORDS[name]
        if self.earlier is not before.earlier:
            yield "the earlier report"
        if self.anonymiser != before.anonymiser:
            yield "what stands in for names"
        for name in ("time", "title", "author", "namespaces", "sections"):
            if getattr(self, name) != getattr(before, name):
                yield f"the {name}"


_WORDS: Final = {
    "flows": "the flows",
    "baselines": "the baselines",
    "address_book": "the address book",
    "accepted": "the accepted findings",
    "declared": "what is declared",
}


def _is_alike(one: object, other: object) -> bool:
    """Tell whether two ingredients say the same: a workspace that is read again gives others."""
    if isinstance(one, Accepted) and isinstance(other, Accepted):
        return one.listed == other.listed
    if isinstance(one, Baselines) and isinstance(other, Baselines):
        return one.to_records() == other.to_records()
    return one == other


class Made(NamedTuple):
    """What came of making a report.

    Attributes
    ----------
    asked : Asked
        What was asked for.
    audit : Audit
    page : str
        The report as a page that stands by itself.
    """

    asked: Asked
    audit: Audit
    page: str


class Task(Protocol):
    """What may take long: it changes nothing that a person sees, so that it may be done in a thread, and stopped."""

    def __call__(self, progress: Progress = no_progress) -> Made:
        """Do it."""


def _now() -> datetime:
    return datetime.now(UTC)


class Making(PanelState):
    """Makes reports, and knows of what.

    Parameters
    ----------
    scope : Scope
    now : callable, optional
        Returns the time: when a report is made.
    **traits
        The initial value of any trait.

    Attributes
    ----------
    title, author : str
    namespaces : tuple of str
        What a report is about; all where it is empty.
    left_out : tuple of str
        Ids of the sections that are not written.
    unused : tuple of str
        Names of `INGREDIENTS` that are not used, though they are there.
    earlier : Audit or None
        What the report is compared with.
    anonymiser : Anonymiser or None
        By which names and addresses are stand-ins; None where they are what they are.
    made : Made or None
        What came of making it; None where none was made yet.
    """

    title = Unicode()
    author = Unicode()
    namespaces = Names()
    left_out = Names()
    unused = Names()
    earlier = AnyValue(None, allow_none=True)
    anonymiser = Instance(Anonymiser, allow_none=True)
    made = AnyValue(None, allow_none=True)
    asks: tuple[str, ...] = ("title", "author", "namespaces", "left_out", "unused", "earlier", "anonymiser")
    """What a person chooses that a report depends on."""
    remembered: tuple[str, ...] = asks

    def __init__(self, scope: Scope, *, now: Callable[[], datetime] = _now, **traits: Any) -> None:  # noqa: ANN401  (as of PanelState)
        self._now = now
        self._pantry = Pantry(scope)
        super().__init__(scope, **traits)

    @validate("unused")
    def _is_ingredient(self, proposal: dict[str, Any]) -> tuple[str, ...]:
        names: tuple[str, ...] = proposal["value"]
        for name in names:
            if name not in INGREDIENTS:
                message = f"reports are made of {', '.join(INGREDIENTS)}, not of {name!r}"
                raise TraitError(message)
        return tuple(name for name in INGREDIENTS if name in names)

    @validate("namespaces")
    def _is_there(self, proposal: dict[str, Any]) -> tuple[str, ...]:
        known = self.known_namespaces
        names: tuple[str, ...] = proposal["value"]
        for name in names:
            if name not in known:
                message = f"there is no namespace {name!r}; there are {', '.join(known)}"
                raise TraitError(message)
        return tuple(sorted(set(names)))

    # --- what is asked for ----------------------------------------------------------------------------------

    @property
    def known_namespaces(self) -> tuple[str, ...]:
        """The namespaces that there are."""
        return tuple(sorted(one.name for one in self.scope.cluster.objects.namespaces))

    @property
    def known_sections(self) -> tuple[SectionKind, ...]:
        """All sections that are registered, in the order of reports."""
        return chosen_sections()

    @property
    def there(self) -> Ingredients:
        """What there is to be used."""
        return self._pantry.there

    @property
    def used(self) -> Ingredients:
        """What of it is used."""
        return self.there._replace(**{name: None for name in INGREDIENTS if self._why_unused(name)})

    def can_use(self, name: str) -> bool:
        """Tell whether something could be used, if it were there: where names are stand-ins, some cannot.

        Parameters
        ----------
        name : str
            One of `INGREDIENTS`.
        """
        return self.anonymiser is None or INGREDIENTS[name].has_stand_ins

    def _why_unused(self, name: str) -> str:
        """Return why something is not used, though it may be there; empty where it is used."""
        if not self.can_use(name):
            return "its names have no stand-ins"
        return "not used" if name in self.unused else ""

    @property
    def lacks(self) -> tuple[str, ...]:
        """What the report will lack, and why, a sentence each."""
        return tuple(self._lacks())

    def _lacks(self) -> Iterator[str]:
        there = self.there
        for name, one in INGREDIENTS.items():
            why = one.nothing if getattr(there, name) is None else self._why_unused(name)
            if why:
                yield f"{one.title}: {why}; {one.lacks}."
        if self._earlier is None:
            why = "none is given" if self.earlier is None else "its names have no stand-ins"
            yield f"Earlier report: {why}; what changed is not told."
        if why := self._pantry.why_unread or self.scope.why_unnamed:
            yield why

    @property
    def _earlier(self) -> Audit | None:
        found: Audit | None = self.earlier
        return found if self.anonymiser is None else None

    def anonymise(self, key: str = "") -> None:
        """Let names and addresses of reports be stand-ins from now on (audit-reports 6).

        Parameters
        ----------
        key : str, optional
            The same key gives the same stand-ins in later reports; without one they are others in each session.

        Raises
        ------
        ArgumentError
            If the key is too short.
        """
        self.anonymiser = Anonymiser(key) if key else Anonymiser.random()

    def use(self, name: str, *, wanted: bool) -> None:
        """Use what there is, or do not.

        Parameters
        ----------
        name : str
            One of `INGREDIENTS`.
        wanted : bool
        """
        self.unused = _toggled(self.unused, name, is_in=not wanted)

    def write_section(self, name: str, *, wanted: bool) -> None:
        """Write a section, or leave it out.

        Parameters
        ----------
        name : str
            Its id.
        wanted : bool
        """
        self.left_out = _toggled(self.left_out, name, is_in=not wanted)

    @property
    def asked(self) -> Asked:
        """What a report that is made now depends on."""
        scope = self.scope
        sections = tuple(one.id for one in self.known_sections if one.id not in self.left_out)
        return Asked(
            scope.cluster,
            scope.semantics,
            scope.selection.window,
            self.used,
            self._earlier,
            self.anonymiser,
            self.title.strip(),
            self.author.strip(),
            self.namespaces,
            sections,
        )

    def keep_known_namespaces(self) -> None:
        """Leave namespaces out of the choice that another cluster does not have."""
        self.namespaces = tuple(name for name in self.namespaces if name in self.known_namespaces)

    # --- making it ------------------------------------------------------------------------------------------

    def making(self) -> Task:
        """Return what makes the report.

        Raises
        ------
        ArgumentError
            If all sections are left out.
        """
        asked = self.asked
        if not asked.sections:
            message = "all sections are left out"
            raise ArgumentError(message, "choose one at least")
        flows = None if asked.used.flows is None else asked.used.flows.between(*asked.time)
        return partial(_made, asked, flows, self._now())

    def put(self, made: Made) -> None:
        """Take what came of making it.

        Parameters
        ----------
        made : Made
        """
        self.made = made

    def take_over(self, earlier: Any) -> None:  # noqa: ANN401  (as of PanelState)
        """Choose again what was chosen in an earlier panel; its report counts while what was asked for is the same.

        Parameters
        ----------
        earlier : ReportState
        """
        super().take_over(earlier)
        if earlier.made is not None and not self.asked.changed_since(earlier.made.asked):
            self.made = earlier.made

    @property
    def changed(self) -> str:
        """What has changed since the report was made, in a few words; empty where nothing has."""
        return "" if self.made is None else listed(self.asked.changed_since(self.made.asked))

    def wanted(self) -> Made:
        """Return the report.

        Raises
        ------
        ArgumentError
            If none was made yet.
        """
        made: Made | None = self.made
        if made is None:
            message = "no report was made yet"
            raise ArgumentError(message, "press Make the report")
        return made


def _toggled(names: tuple[str, ...], name: str, *, is_in: bool) -> tuple[str, ...]:
    others = tuple(one for one in names if one != name)
    return (*others, name) if is_in else others


def _made(asked: Asked, flows: Flows | None, now: datetime, progress: Progress = no_progress) -> Made:
    used = asked.used
    found = audit(
        asked.cluster,
        semantics=asked.semantics,
        now=now,
        flows=flows,
        baselines=used.baselines,
        address_book=used.address_book,
        accepted=used.accepted,
        declared=used.declared,
        earlier=asked.earlier,
        title=asked.title,
        author=asked.author,
        namespaces=asked.namespaces,
        sections=asked.sections,
        anonymiser=asked.anonymiser,
        progress=progress,
    )
    progress("the page is written", 0, None)
    return Made(asked, found, html(found))
