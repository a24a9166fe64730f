"""The parts that policy kinds share as Kubernetes writes them, and their way into the normal form."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final, TypeVar

from pydantic import Field

from workbench.ground import (
    AddressSet,
    Problem,
    ProblemLog,
    Severity,
    is_label_key,
    is_label_value,
    parse_cidr,
)
from workbench.manifests import (
    ExactModel,
    FieldPath,
    Fit,
    GoList,
    Manifest,
    Refusal,
    StringMap,
    Texts,
    annotation_problems,
    fit,
    label_problems,
    name_problems,
    refused_key,
    refused_value,
)
from workbench.policy.rules import NO_METADATA, LeftOut, Metadata, Policy, Why
from workbench.policy.selectors import Operator, Requirement, Selector
from workbench.policy.unknown_fields import Known, closest, drop_effect, field_hint, fields_of, known_at

__all__ = ["IPBlock", "LabelSelector", "LabelSelectorRequirement", "SpecReading"]

Model = TypeVar("Model", bound=ExactModel)

_FIELDS: Final = ("apiVersion", "kind", "metadata", "spec", "status")
"""Fields of an object. Older servers write ``status``, also into kinds that have none today."""
_IN_PLACE_OF: Final = frozenset({"missing-field", "exactly-one-of", "empty-peer"})
"""Errors that say nothing new about an object with an unknown field: that field is what was meant."""


class LabelSelectorRequirement(ExactModel):
    """One entry of ``matchExpressions``."""

    key: str
    operator: str
    values: Texts | None = None


class LabelSelector(ExactModel):
    """A ``podSelector`` or ``namespaceSelector``."""

    match_labels: StringMap | None = None
    match_expressions: GoList[LabelSelectorRequirement] | None = None


class IPBlock(ExactModel):
    """An ``ipBlock``: a CIDR minus others within it."""

    cidr: str
    except_: Texts | None = Field(default=None, alias="except")


class ObjectMeta(ExactModel):
    """``metadata``, of which only what people write is looked at."""

    name: str | None = None
    generate_name: str | None = None
    namespace: str | None = None
    labels: StringMap | None = None
    annotations: StringMap | None = None
    creation_timestamp: Any = None
    deletion_grace_period_seconds: Any = None
    deletion_timestamp: Any = None
    finalizers: Any = None
    generation: Any = None
    managed_fields: Any = None
    owner_references: Any = None
    resource_version: Any = None
    self_link: Any = None
    uid: Any = None


@dataclass(slots=True)
class SpecReading:
    """One pass over one policy: turns its parts into values and notes what the API server would refuse.

    Attributes
    ----------
    unknown : dict of FieldPath to Known
        The fields that its kind does not have, each with what there is in its place. The API server
        refuses them; clients that do not ask it to be strict, and tools that read manifests, drop them silently.
    misnamed : list of Problem
        What the API server refuses of its metadata, which changes nothing in what it says.
    rejected : bool
        Whether something else is wrong, so that it does not say anything certain.
    undefined : bool
        Whether the API server stores it, and nothing defines what it means.
    metadata : Metadata
        Its labels and annotations.
    """

    manifest: Manifest
    log: ProblemLog
    unknown: dict[FieldPath, Known] = field(default_factory=dict)
    misnamed: list[Problem] = field(default_factory=list)
    rejected: bool = field(default=False)
    undefined: bool = field(default=False)
    metadata: Metadata = NO_METADATA

    def fit(self, model: type[Model], content: object, path: FieldPath) -> Model | None:
        """Return the part of the policy at `path` without its unknown fields; None where something else is wrong.

        Parameters
        ----------
        model : type
        content : object
        path : FieldPath
        """
        found = self._fit(model, content, path)
        for error in found.errors:
            self.rejected = True
            self.log.add(error)
        return found.value

    def _fit(self, model: type[Model], content: object, path: FieldPath) -> Fit[Model]:
        found = fit(model, content, self.manifest, path)
        for unknown in found.unknown:
            self.unknown[unknown] = known_at(model, unknown[len(path) :])
        return found

    @property
    def has_findings(self) -> bool:
        """Whether there is any problem with what was read."""
        return bool(self.log or self.unknown or self.misnamed or self.rejected or self.undefined)

    def spec(self, model: type[Model], apart: Collection[str] = ()) -> Model | None:
        """Return ``spec`` as a `model`, after a look at the fields beside it; a missing spec is an empty one.

        Its fields `apart` are read elsewhere.
        """
        unknown = (str(key) for key in self.manifest.content if key not in _FIELDS)
        self.unknown |= {(key,): Known(_FIELDS, "under spec" if key in fields_of(model) else "") for key in unknown}
        metadata = self._fit(ObjectMeta, self.manifest.content.get("metadata") or {}, ("metadata",))
        self.misnamed += metadata.errors
        if (found := metadata.value) is not None:
            self._check_metadata(found)
            generated = not found.name and bool(found.generate_name)
            if found.labels or found.annotations or generated:
                self.metadata = Metadata.of(found.labels, found.annotations, generated=generated)
        written = self.manifest.content.get("spec")
        if apart and isinstance(written, Mapping):
            written = {key: value for key, value in written.items() if key not in apart}
        return self.fit(model, {} if written is None else written, ("spec",))

    def is_null(self, path: FieldPath) -> bool:
        """Tell whether null is written at `path`."""
        found: Any = self.manifest.content
        for step in path:
            found = found[step]
        return found is None

    def outcome(self, policy: Policy) -> Policy | LeftOut:
        """Return `policy`, which is what was read without unknown fields, or that it is left out."""
        problems = [*self.misnamed, *(self._unknown_field(path, policy) for path in self.unknown)]
        self.log.extend(problems)
        if self.metadata is not NO_METADATA:
            policy = replace(policy, metadata=self.metadata)
        if not (problems or self.rejected or self.undefined):
            return policy
        warnings = tuple(
            replace(problem, severity=Severity.WARNING, message=f"{problem.message}; this is ignored")
            for problem in problems
        )
        why = Why.REFUSED if problems or self.rejected else Why.UNDEFINED
        prunable = not (self.rejected or self.undefined)
        return LeftOut(policy, why, prunable, warnings, self.manifest.content.get("spec"))

    def _unknown_field(self, path: FieldPath, policy: Policy) -> Problem:
        effect = drop_effect(path, self.manifest.content, self.unknown, policy)
        message = f"{self.manifest.kind} has no field {path[-1]!r} here"
        if effect:
            message += f" (a client that drops it {effect})"
        remedy = field_hint(path, self.unknown[path], self.manifest.kind)
        return self.manifest.problem(Severity.ERROR, "unknown-field", message, remedy=remedy, path=path)

    def reject(self, path: FieldPath, message: str, remedy: str = "", code: str = "invalid-value") -> None:
        """Note an error at the field `path`.

        Parameters
        ----------
        path : FieldPath
            Of the field.
        message : str
            What is wrong.
        remedy : str, optional
            What to do about it.
        code : str, optional
            What kind of problem it is.
        """
        self.rejected = True
        if code in _IN_PLACE_OF and any(unknown[:-1] in {path, path[:-1]} for unknown in self.unknown):
            return
        self.log.add(self.manifest.problem(Severity.ERROR, code, message, remedy=remedy, path=path))

    def warn(self, path: FieldPath, code: str, message: str, remedy: str = "") -> None:
        """Note a warning at the field `path`.

        Parameters
        ----------
        path : FieldPath
            Of the field.
        code : str
            What kind of problem it is.
        message : str
            What is wrong.
        remedy : str, optional
            What to do about it.
        """
        self.log.add(self.manifest.problem(Severity.WARNING, code, message, remedy=remedy, path=path))

    def selector(self, written: LabelSelector, path: FieldPath) -> Selector:
        """Return a label selector in canonical form, its keys, values and operators checked.

        Parameters
        ----------
        written : LabelSelector
        path : FieldPath
        """
        if not written.match_expressions:
            found = _plain_selector(tuple((written.match_labels or {}).items()))
            if found is not None:
                return found
        # Of one that is not valid nothing is known; without it, the selector chooses all pods that may be meant.
        labels = {
            key: value
            for key, value in (written.match_labels or {}).items()
            if self._check(refused_key(key), (*path, "matchLabels", key))
            & self._check(refused_value(value), (*path, "matchLabels", key))
        }
        requirements = [
            self._requirement(expression, (*path, "matchExpressions", index))
            for index, expression in enumerate(written.match_expressions or ())
        ]
        return Selector.of(labels, [found for found in requirements if found is not None])

    def refuse_selector(self, path: FieldPath, message: str, remedy: str, code: str = "invalid-value") -> None:
        """Note what the API server says of a selector that means nothing; some kinds are stored all the same.

        Parameters
        ----------
        path : FieldPath
            Of the field.
        message : str
            What is wrong.
        remedy : str
            What to do about it.
        code : str, optional
            What kind of problem it is.
        """
        self.reject(path, message, remedy, code)

    def block(self, written: IPBlock, path: FieldPath) -> AddressSet | None:
        """Return the addresses of an ipBlock; None where it is not valid.

        Each exception must lie strictly within the CIDR, as the API server demands.

        Parameters
        ----------
        written : IPBlock
        path : FieldPath
        """
        cidr = self.network(written.cidr, (*path, "cidr"))
        addresses = cidr
        for index, text in enumerate(written.except_ or ()):
            where = (*path, "except", index)
            exception = self.network(text, where)
            if exception is None or cidr is None or addresses is None:
                addresses = None
                continue
            if exception - cidr or exception == cidr:
                self.reject(
                    where, f"{text!r} is not a smaller part of {written.cidr}", "Name a smaller block within cidr."
                )
            addresses -= exception
        return addresses

    def network(self, text: str, path: FieldPath) -> AddressSet | None:
        """Return the addresses of one CIDR, IPv4 or IPv6; None where it is not valid.

        Parameters
        ----------
        text : str
        path : FieldPath
        """
        found = parse_cidr(text)
        if found is None:
            self.reject(
                path,
                f"{text!r} is not a valid CIDR",
                "Write an address, a slash and the length of the prefix, such as 10.0.0.0/8 or 2001:db8::/32.",
            )
            return None
        oddities = (
            ("host-bits", found.host_bits, "has bits set beyond its prefix"),
            ("leading-zeros", found.leading_zeros, "has zeros in front of its numbers"),
            ("mapped-ipv4", found.mapped, "is an IPv4 block written as IPv6"),
        )
        for code, there, what in oddities:
            if there:
                self.warn(
                    path,
                    code,
                    f"{text!r} {what} and is read as {found.network}; newer API servers refuse it in new objects",
                    f"Write {found.network}.",
                )
        return AddressSet.of_network(found.network)

    def _check_metadata(self, written: ObjectMeta) -> None:
        given, path = self.manifest, ("metadata",)
        if not written.name and not written.generate_name:
            message, remedy = "name is missing", "Give the policy a name."
            problem = given.problem(Severity.ERROR, "missing-field", message, remedy=remedy, path=(*path, "name"))
            self.misnamed.append(problem)
        self.misnamed += name_problems(given)
        self.misnamed += label_problems(given, written.labels or {}, (*path, "labels"))
        self.misnamed += annotation_problems(given, written.annotations or {}, (*path, "annotations"))

    def _requirement(self, written: LabelSelectorRequirement, path: FieldPath) -> Requirement | None:
        valid = self._check(refused_key(written.key), (*path, "key"))
        try:
            operator = Operator(written.operator)
        except ValueError:
            self.refuse_selector(
                (*path, "operator"), f"{written.operator!r} is not a valid operator", meant(written.operator, Operator)
            )
            close = closest(written.operator, Operator)
            if close is None:
                return None
            operator = Operator(close)  # the policy is left out; so it is known best which pods are open for it
        values = tuple(sorted(set(written.values or ())))
        takes_values = operator in {Operator.IN, Operator.NOT_IN}
        if takes_values and not values:
            valid = False
            self.refuse_selector(
                (*path, "values"), f"{operator} needs at least one value", "List the values.", "missing-field"
            )
        if not takes_values and values:
            valid = False
            self.refuse_selector(
                (*path, "values"), f"{operator} takes no values", "Use In or NotIn if these values are meant."
            )
        for index, value in enumerate(written.values or ()):
            valid &= self._check(refused_value(value), (*path, "values", index))
        if not valid:
            return None
        return Requirement.as_written(written.key, operator, (written.values or ()) if takes_values else ())

    def _check(self, refusal: Refusal | None, path: FieldPath) -> bool:
        if refusal is not None:
            self.refuse_selector(path, *refusal)
        return refusal is None


@lru_cache(maxsize=65536)
def _plain_selector(labels: tuple[tuple[str, str], ...]) -> Selector | None:
    """Return the selector of ``matchLabels``; None if anything is wrong with them."""
    valid = all(is_label_key(key) and is_label_value(value) for key, value in labels)
    return Selector.of(dict(labels)) if valid else None


def meant(written: str, known: Iterable[str]) -> str:
    """Return what to write in place of a word that is not one of those `known`."""
    words = [str(word) for word in known]
    close = closest(written, words)
    return f"Write {close}." if close else f"Use {', '.join(words[:-1])} or {words[-1]}."
