"""Names and labels are valid as the API server has it."""

from __future__ import annotations

import pytest

from workbench.ground import MAX_SUBDOMAIN, is_dns_label, is_label_key, is_label_value, is_subdomain

MAX_LABEL = 63


@pytest.mark.parametrize(
    "text, is_label, is_domain",
    [
        ("web-1", True, True),
        ("1", True, True),
        ("web.shop", False, True),
        ("a" * MAX_LABEL, True, True),
        ("a" * (MAX_LABEL + 1), False, True),
        ("a" * MAX_SUBDOMAIN, False, True),
        ("a" * (MAX_SUBDOMAIN + 1), False, False),
        ("-web", False, False),
        ("web-", False, False),
        ("web..shop", False, False),
        ("Web", False, False),
        ("web\n", False, False),
        ("", False, False),
    ],
)
def test_dns_labels_and_subdomains(text: str, *, is_label: bool, is_domain: bool) -> None:
    assert (is_dns_label(text), is_subdomain(text)) == (is_label, is_domain)


@pytest.mark.parametrize(
    "text, is_key, is_value",
    [
        ("app", True, True),
        ("App_2.x-y", True, True),
        ("example.com/app", True, False),
        ("Example.com/app", False, False),
        ("/app", False, False),
        ("a/b/c", False, False),
        ("example.com/", False, False),
        ("", False, True),
        ("_app", False, False),
        ("a" * MAX_LABEL, True, True),
        ("a" * (MAX_LABEL + 1), False, False),
        ("app\n", False, False),
    ],
)
def test_keys_and_values_of_labels(text: str, *, is_key: bool, is_value: bool) -> None:
    assert (is_label_key(text), is_label_value(text)) == (is_key, is_value)
