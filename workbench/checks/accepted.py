"""Who answers for a finding: a file of accepted findings, and annotations of objects (checks 4)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from pydantic import field_validator

from workbench.checks.findings import CheckFinding
from workbench.checks.registry import CHECKS
from workbench.checks.status import FindingStatus
from workbench.ground import MissingFileError, Problem, Severity, Shown, View, count_of
from workbench.inventory import DEFAULT_NAMESPACE, Cluster
from workbench.manifests import ExactModel, FieldPath, Manifest, Source, fit, read_documents, yaml_text

__all__ = ["ANNOTATION", "Accepted", "AcceptedFinding", "accepted_text", "answered_for", "read_accepted"]

ANNOTATION: Final = "ignore-check.netpol-workbench/"
"""An annotation of this name and a check's id, with a reason as its value, says that the check is ignored there."""
_CODE: Final = "invalid-accepted-finding"
_TEXT: Final = "<text>"


@dataclass(frozen=True, slots=True)
class AcceptedFinding:
    """A finding that somebody answers for.

    Attributes
    ----------
    check : str
        Id of the check.
    object : str
        ``Kind namespace/name``, in which ``*`` stands for anything.
    owner, reason : str
        Who answers for it, and why.
    expires : date or None
        The last day on which it is accepted; None for no end.
    fingerprint : str
        Of the one finding that is meant; all of that check about that object where it is empty.
    file : str
    line : int or None
        Where it stands.
    """

    check: str
    object: str
    owner: str
    reason: str
    expires: date | None = None
    fingerprint: str = ""
    file: str = ""
    line: int | None = None

    def covers(self, finding: CheckFinding) -> bool:
        """Tell whether it is about a finding.

        Parameters
        ----------
        finding : CheckFinding
        """
        if self.fingerprint:
            return self.fingerprint == finding.fingerprint
        return self.check == finding.check and fnmatchcase(finding.object, self.object)

    def problem(self, code: str, message: str, remedy: str) -> Problem:
        """Return what is wrong with it.

        Parameters
        ----------
        code, message, remedy : str
        """
        place = f"{self.check} {self.object}"
        return Problem(Severity.WARNING, code, message, remedy, self.file, self.line, place)


@dataclass(frozen=True, eq=False, repr=False)
class Accepted(Shown):
    """Findings that somebody answers for. Made by `read_accepted`.

    Attributes
    ----------
    listed : tuple of AcceptedFinding
    said : tuple of Problem
        What was wrong with the file.
    """

    listed: tuple[AcceptedFinding, ...] = ()
    said: tuple[Problem, ...] = ()

    def __len__(self) -> int:
        return len(self.listed)

    def __iter__(self) -> Iterator[AcceptedFinding]:
        return iter(self.listed)

    def with_finding(self, finding: CheckFinding, *, owner: str, reason: str, expires: date | None = None) -> Accepted:
        """Return them with one more.

        Parameters
        ----------
        finding : CheckFinding
        owner, reason : str
        expires : date, optional
        """
        one = AcceptedFinding(finding.check, finding.object, owner, reason, expires, finding.fingerprint)
        others = tuple(each for each in self.listed if each.fingerprint != one.fingerprint)
        return replace(self, listed=(*others, one))

    def to_yaml(self) -> str:
        """Return them as the file that `read_accepted` reads."""
        return accepted_text(self.listed)

    def _facts(self) -> Iterator[str]:
        yield count_of(len(self), "accepted finding")

    def _view(self) -> View:
        lines = tuple(f"{one.check} {one.object}: {one.reason} ({one.owner})" for one in self.listed)
        return View("Accepted", tuple(self._facts()), lines, problems=self.said)


class _Entry(ExactModel):
    """An accepted finding, as it is written."""

    check: str
    object: str
    owner: str
    reason: str
    expires: str = ""
    fingerprint: str = ""

    @field_validator("check", "object", "owner", "reason")
    @classmethod
    def _said(cls, text: str) -> str:
        if not text.strip():
            message = "must not be empty"
            raise ValueError(message)
        return text

    @field_validator("expires")
    @classmethod
    def _day(cls, text: str) -> str:
        try:
            date.fromisoformat(text or "2026-01-01")
        except ValueError as error:
            message = "is no day: write it as 2026-12-31"
            raise ValueError(message) from error
        return text


class _File(ExactModel):
    """The file."""

    accepted: list[Any]


def accepted_text(listed: tuple[AcceptedFinding, ...]) -> str:
    """Return accepted findings as YAML.

    Parameters
    ----------
    listed : tuple of AcceptedFinding
    """
    entries = []
    for one in listed:
        entry = {"check": one.check, "object": one.object, "owner": one.owner, "reason": one.reason}
        if one.expires is not None:
            entry["expires"] = one.expires.isoformat()
        if one.fingerprint:
            entry["fingerprint"] = one.fingerprint
        entries.append(entry)
    return yaml_text([{"accepted": entries}])


def read_accepted(given: str | Path) -> Accepted:
    """Return the accepted findings of a file, or of a text.

    Parameters
    ----------
    given : str or Path
        Path of the file; a text with a line break is read as YAML itself.

    Returns
    -------
    Accepted
        An entry with an error is not among those listed; what is wrong with it is among the problems.

    Raises
    ------
    MissingFileError
        If there is no such file.
    """
    if isinstance(given, str) and "\n" in given:
        return _read(given, _TEXT)
    path = Path(given)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        message = f"there is no file {path}"
        raise MissingFileError(message) from error
    return _read(text, str(path))


def _read(text: str, file: str) -> Accepted:
    found: list[AcceptedFinding] = []
    said: list[Problem] = []
    for document in read_documents(text):
        said.extend(document.problems(file))
        if not document.readable or document.content is None:
            continue
        source = Source(file, document.line, document.text)
        content = document.content if isinstance(document.content, dict) else {"accepted": document.content}
        manifest = Manifest(content, source)
        whole = fit(_File, content, manifest)
        said.extend(_problems(whole.errors))
        said.extend(_unknown(manifest, whole.unknown))
        for place, entry in enumerate(whole.value.accepted if whole.value else ()):
            path: FieldPath = ("accepted", place)
            one = fit(_Entry, entry, manifest, path)
            said.extend(_problems(one.errors))
            said.extend(_unknown(manifest, one.unknown))
            if one.value is None:
                continue
            line = manifest.problem(Severity.INFO, _CODE, "", path=path).line
            expires = date.fromisoformat(one.value.expires) if one.value.expires else None
            accepted = AcceptedFinding(
                *(one.value.check, one.value.object, one.value.owner, one.value.reason),
                *(expires, one.value.fingerprint, file, line),
            )
            if accepted.check not in CHECKS:
                said.append(
                    accepted.problem("unknown-check", f"there is no check {accepted.check}", "see the list of checks")
                )
            found.append(accepted)
    return Accepted(tuple(found), tuple(said))


def _problems(given: tuple[Problem, ...]) -> Iterator[Problem]:
    yield from (replace(one, code=_CODE, object="") for one in given)


def _unknown(manifest: Manifest, paths: tuple[FieldPath, ...]) -> Iterator[Problem]:
    for path in paths:
        found = manifest.problem(
            Severity.WARNING, _CODE, "has an unknown field", remedy="remove it, or look for a slip", path=path
        )
        yield replace(found, object="")


def answered_for(
    findings: tuple[CheckFinding, ...],
    cluster: Cluster,
    accepted: Accepted,
    now: datetime | None,
    asked: Collection[str],
) -> tuple[list[CheckFinding], tuple[Problem, ...]]:
    """Return findings with who answers for each, and what is wrong with what was accepted.

    Parameters
    ----------
    findings : tuple of CheckFinding
    cluster : Cluster
        Whose annotations are read.
    accepted : Accepted
    now : datetime or None
        When it is asked; without it, nothing expires.
    asked : collection of str
        Ids of the checks that were asked about the whole cluster: of these alone it is known what is found no longer.

    Returns
    -------
    findings : list of CheckFinding
    problems : tuple of Problem
        Among them accepted findings that are found no longer, and annotations without a reason.
    """
    ignored, said = _ignored(cluster)
    used: set[AcceptedFinding] = set()
    answered = []
    for one in findings:
        covering = [each for each in accepted.listed if each.covers(one)]
        used.update(covering)
        annotated = next(
            (ignored[place, one.check] for place in _places(one) if (place, one.check) in ignored),
            "",
        )
        valid = [each for each in covering if now is None or each.expires is None or now.date() <= each.expires]
        if annotated:
            answered.append(replace(one, status=FindingStatus.IGNORED, reason=annotated))
        elif covering:
            status = FindingStatus.ACCEPTED if valid else FindingStatus.EXPIRED
            by = (valid or covering)[0]
            answered.append(replace(one, status=status, owner=by.owner, reason=by.reason))
        else:
            answered.append(one)
    stale = (
        each.problem("stale-accepted-finding", "is not found any more", "remove it from the file")
        for each in accepted.listed
        if each not in used and each.check in asked
    )
    return answered, (*accepted.said, *said, *stale)


def _places(finding: CheckFinding) -> Iterator[str]:
    yield finding.object
    if finding.workload:
        owner, _, kind = finding.workload.rstrip("]").rpartition("[")
        yield f"{kind} {owner}"
    if finding.namespace:
        yield f"Namespace {finding.namespace}"


def _ignored(cluster: Cluster) -> tuple[dict[tuple[str, str], str], list[Problem]]:
    """Return the reason of each annotation, by object and check, and those that give none."""
    found: dict[tuple[str, str], str] = {}
    said = []
    for manifest in cluster.objects.manifests:
        annotations = manifest.metadata.get("annotations")
        if not isinstance(annotations, dict):
            continue
        for key, value in annotations.items():
            if isinstance(key, str) and key.startswith(ANNOTATION):
                if isinstance(value, str) and value.strip():
                    found.update({(ref, key.removeprefix(ANNOTATION)): value.strip() for ref in _refs(manifest)})
                else:
                    said.append(
                        manifest.problem(
                            Severity.WARNING,
                            "ignored-without-reason",
                            f"the annotation {key} gives no reason, and ignores nothing",
                            remedy="write the reason as its value",
                            path=("metadata", "annotations", key),
                        )
                    )
    return found, said


def _refs(manifest: Manifest) -> Iterator[str]:
    """Yield the refs by which findings may call an object: one that names no namespace may be in the default one."""
    yield manifest.ref
    if not manifest.namespace:
        yield f"{manifest.kind} {DEFAULT_NAMESPACE}/{manifest.any_name}"
