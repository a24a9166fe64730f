"""A shop whose policies tests assert about: the gateway may call the web, the web the database, and no other may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.connectivity.manifests import pod, policy

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["CUT", "DB_POLICY", "MANIFESTS", "written"]

DB_POLICY = policy(
    "podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress, Egress], "
    "ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 5432}]}]",
    "db",
    "shop",
)
MANIFESTS = "".join(
    [
        pod("web", "shop", "app: web"),
        pod("db", "shop", "app: db"),
        pod("job", "shop", "app: job"),
        pod("gateway", "edge", "app: gateway"),
        DB_POLICY,
        policy(
            "podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress], ingress: [{ports: [{port: 80}]}]",
            "web",
            "shop",
        ),
    ]
)
CUT = policy("podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress, Egress]", "db", "shop")
"""What takes the place of the database's policy, and lets nothing in."""


def written(folder: Path, text: str = MANIFESTS) -> Path:
    """Return a folder with the manifests."""
    made = folder / "manifests"
    made.mkdir()
    (made / "shop.yaml").write_text(text.lstrip())
    return made
