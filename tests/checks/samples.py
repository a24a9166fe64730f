"""A small shop to check: one policy that selects nobody, one that does."""

from __future__ import annotations

from typing import Final

__all__ = ["SHOP", "WEB"]

WEB: Final = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]}
"""
SHOP: Final = (
    WEB
    + """\
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: nobody
  namespace: shop
spec: {podSelector: {matchLabels: {app: gone}}}
"""
)
