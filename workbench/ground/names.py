"""Which texts Kubernetes takes as names and labels (Kubernetes, "Object Names and IDs", "Labels and Selectors")."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

__all__ = ["MAX_SUBDOMAIN", "is_dns_label", "is_label_key", "is_label_value", "is_subdomain"]

MAX_SUBDOMAIN: Final = 253
_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL_NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")


def is_dns_label(text: str) -> bool:
    """Tell whether `text` is a DNS label, as namespaces and Services are called."""
    return _DNS_LABEL.fullmatch(text) is not None


def is_subdomain(text: str) -> bool:
    """Tell whether `text` is a DNS subdomain, as most objects are called; its parts may be of any length."""
    return len(text) <= MAX_SUBDOMAIN and _SUBDOMAIN.fullmatch(text) is not None


@lru_cache(maxsize=65536)
def is_label_key(key: str) -> bool:
    """Tell whether `key` can be the key of a label: a name, perhaps with a DNS subdomain and a slash before it."""
    prefix, slash, name = key.rpartition("/")
    return _LABEL_NAME.fullmatch(name) is not None and (not slash or is_subdomain(prefix))


@lru_cache(maxsize=65536)
def is_label_value(value: str) -> bool:
    """Tell whether `value` can be the value of a label; it may be empty."""
    return not value or _LABEL_NAME.fullmatch(value) is not None
