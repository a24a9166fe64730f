"""The parts that policy kinds share as Kubernetes writes them, and their way into the normal form."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_interface

from pydantic import Field

from workbench.manifests.manifest import Manifest
from workbench.manifests.problems import ProblemLog, Severity
from workbench.manifests.source import FieldPath
from workbench.manifests.validation import ExactModel, StringMap
from workbench.policy.addresses import AddressSet
from workbench.policy.selectors import Operator, Requirement, Selector

__all__ = ["IPBlock", "LabelSelector", "LabelSelectorRequirement", "SpecReading"]

_NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_PREFIX = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_MAX_PREFIX = 253


class LabelSelectorRequirement(ExactModel):
    """One entry of ``matchExpressions``."""

    key: str
    operator: str
    values: list[str] | None = None


class LabelSelector(ExactModel):
    """A ``podSelector`` or ``namespaceSelector``."""

    match_labels: StringMap | None = None
    match_expressions: list[LabelSelectorRequirement] | None = None


class IPBlock(ExactModel):
    """An ``ipBlock``: a CIDR minus others within it."""

    cidr: str
    except_: list[str] | None = Field(default=None, alias="except")


@dataclass(slots=True)
class SpecReading:
    """One pass over one policy's spec: turns its parts into values and notes what the API server would reject.

    Attributes
    ----------
    rejected : bool
        Whether an error was found; the policy is then left out, as the API server would refuse it.
    """

    manifest: Manifest
    log: ProblemLog
    rejected: bool = field(default=False)

    def reject(self, path: FieldPath, message: str, remedy: str = "", code: str = "invalid-value") -> None:
        """Note an error at the field `path`."""
        self.rejected = True
        self.log.add(self.manifest.problem(Severity.ERROR, code, message, remedy=remedy, path=path))

    def warn(self, path: FieldPath, code: str, message: str, remedy: str = "") -> None:
        """Note a warning at the field `path`."""
        self.log.add(self.manifest.problem(Severity.WARNING, code, message, remedy=remedy, path=path))

    def selector(self, written: LabelSelector, path: FieldPath) -> Selector:
        """Return a label selector in canonical form, its keys, values and operators checked."""
        for key, value in (written.match_labels or {}).items():
            self._check_key(key, (*path, "matchLabels", key))
            self._check_value(value, (*path, "matchLabels", key))
        requirements = [
            self._requirement(expression, (*path, "matchExpressions", index))
            for index, expression in enumerate(written.match_expressions or ())
        ]
        return Selector.of(written.match_labels, [found for found in requirements if found is not None])

    def block(self, written: IPBlock, path: FieldPath) -> AddressSet | None:
        """Return the addresses of an ipBlock; None where it is none.

        Each exception must lie strictly within the CIDR, as the API server demands.
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
                self.reject(where, f"{text} is not a part of {written.cidr}", "Name a smaller block within cidr.")
            addresses -= exception
        return addresses

    def network(self, text: str, path: FieldPath) -> AddressSet | None:
        """Return the addresses of one CIDR, IPv4 or IPv6; None where it is none."""
        network, has_host_bits = _parse_cidr(text)
        if not network:
            self.reject(path, f"{text!r} is no CIDR", "Write it as 10.0.0.0/8 or 2001:db8::/32.")
            return None
        if has_host_bits:
            self.warn(
                path, "host-bits", f"{text} has bits set beyond its prefix and means {network}", f"Write {network}."
            )
        return AddressSet.of(network)

    def _requirement(self, written: LabelSelectorRequirement, path: FieldPath) -> Requirement | None:
        self._check_key(written.key, (*path, "key"))
        try:
            operator = Operator(written.operator)
        except ValueError:
            known = ", ".join(Operator)
            self.reject((*path, "operator"), f"{written.operator!r} is no operator", f"Use one of {known}.")
            return None
        values = tuple(sorted(set(written.values or ())))
        takes_values = operator in {Operator.IN, Operator.NOT_IN}
        if takes_values and not values:
            self.reject((*path, "values"), f"{operator} needs at least one value", code="missing-field")
        if not takes_values and values:
            self.reject((*path, "values"), f"{operator} takes no values", "Remove them, or use In or NotIn.")
        for index, value in enumerate(written.values or ()):
            self._check_value(value, (*path, "values", index))
        return Requirement(written.key, operator, values if takes_values else ())

    def _check_key(self, key: str, path: FieldPath) -> None:
        if not _is_label_key(key):
            self.reject(
                path,
                f"{key!r} is no label key",
                "A key is [DNS prefix/]name; a name has at most 63 letters, digits, '-', '_' or '.'.",
            )

    def _check_value(self, value: str, path: FieldPath) -> None:
        if not _is_label_value(value):
            self.reject(
                path,
                f"{value!r} is no label value",
                "A value has at most 63 letters, digits, '-', '_' or '.', and begins and ends with a letter or digit.",
            )


@lru_cache(maxsize=65536)
def _parse_cidr(text: str) -> tuple[str, bool]:
    """Return the network that a CIDR means, and whether it has host bits; an empty text if it is none."""
    try:
        written = ip_interface(text)
    except ValueError:
        return "", False
    return (str(written.network) if "/" in text else ""), written.ip != written.network.network_address


@lru_cache(maxsize=65536)
def _is_label_key(key: str) -> bool:
    prefix, slash, name = key.rpartition("/")
    if not _NAME.fullmatch(name):
        return False
    return not slash or (len(prefix) <= _MAX_PREFIX and _PREFIX.fullmatch(prefix) is not None)


@lru_cache(maxsize=65536)
def _is_label_value(value: str) -> bool:
    return not value or _NAME.fullmatch(value) is not None
