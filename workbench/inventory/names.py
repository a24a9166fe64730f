"""Whether the API server would take a name, a label or an address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_address

from workbench.ground import ProblemLog, Severity
from workbench.manifests import FieldPath, Manifest

__all__ = ["check_labels", "check_name", "is_address", "is_dns_label"]

_SUBDOMAIN = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_DNS_LABEL = re.compile(r"(?=.{1,63}\Z)[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_LABEL_NAME = re.compile(r"(?=.{1,63}\Z)[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
_NAMES = {"Namespace": _DNS_LABEL, "Service": _DNS_LABEL}
"""Kinds whose names are DNS labels; other names are DNS subdomains (Kubernetes, "Object Names and IDs")."""


def check_name(manifest: Manifest, log: ProblemLog) -> None:
    """Report a name or a namespace that the API server would refuse; the object is kept nevertheless."""
    syntax = _NAMES.get(manifest.kind, _SUBDOMAIN)
    remedy = "use lower-case letters, digits and hyphens, with a letter or digit at both ends"
    for field, value, pattern in (
        ("name", manifest.name, syntax),
        ("namespace", manifest.namespace, _DNS_LABEL),
    ):
        if value and not pattern.fullmatch(value):
            message = f"{value!r} is not a valid {field}"
            log.add(manifest.problem(Severity.ERROR, "invalid-name", message, remedy=remedy, path=("metadata", field)))


def check_labels(manifest: Manifest, labels: Mapping[str, str], path: FieldPath, log: ProblemLog) -> None:
    """Report labels that the API server would refuse; they are kept nevertheless."""
    for key, value in labels.items():
        if not _is_label_key(key):
            what = f"{key!r} is not a valid label key"
        elif not _is_label_value(value):
            what = f"{value!r} is not a valid label value"
        else:
            continue
        remedy = "use at most 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends"
        log.add(manifest.problem(Severity.ERROR, "invalid-label", what, remedy=remedy, path=(*path, key)))


@lru_cache(maxsize=8192)
def _is_label_key(key: str) -> bool:
    prefix, slash, name = key.rpartition("/")
    return bool(_LABEL_NAME.fullmatch(name)) and (not slash or bool(_SUBDOMAIN.fullmatch(prefix)))


@lru_cache(maxsize=8192)
def _is_label_value(value: str) -> bool:
    return not value or bool(_LABEL_NAME.fullmatch(value))


def is_dns_label(text: str) -> bool:
    """Tell whether `text` is a DNS label, as namespaces are called."""
    return bool(_DNS_LABEL.fullmatch(text))


def is_address(text: str) -> bool:
    """Tell whether `text` is an IPv4 or IPv6 address, without a prefix length."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
