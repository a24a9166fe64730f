"""Whether the API server would take the name and the labels of an object."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.ground import ProblemLog, Severity, is_dns_label, is_label_key, is_label_value, is_subdomain
from workbench.manifests import FieldPath, Manifest

__all__ = ["check_labels", "check_name"]

_NAMES = {"Namespace": is_dns_label, "Service": is_dns_label}
"""Kinds whose names are DNS labels; other names are DNS subdomains (Kubernetes, "Object Names and IDs")."""


def check_name(manifest: Manifest, log: ProblemLog) -> None:
    """Report a name or a namespace that the API server would refuse; the object is kept nevertheless."""
    is_name = _NAMES.get(manifest.kind, is_subdomain)
    remedy = "use lower-case letters, digits and hyphens, with a letter or digit at both ends"
    for field, value, is_valid in (
        ("name", manifest.name, is_name),
        ("namespace", manifest.namespace, is_dns_label),
    ):
        if value and not is_valid(value):
            message = f"{value!r} is not a valid {field}"
            log.add(manifest.problem(Severity.ERROR, "invalid-name", message, remedy=remedy, path=("metadata", field)))


def check_labels(manifest: Manifest, labels: Mapping[str, str], path: FieldPath, log: ProblemLog) -> None:
    """Report labels that the API server would refuse; they are kept nevertheless."""
    for key, value in labels.items():
        if not is_label_key(key):
            what = f"{key!r} is not a valid label key"
        elif not is_label_value(value):
            what = f"{value!r} is not a valid label value"
        else:
            continue
        remedy = "use at most 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends"
        log.add(manifest.problem(Severity.ERROR, "invalid-label", what, remedy=remedy, path=(*path, key)))
