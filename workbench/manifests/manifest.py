"""One Kubernetes object as it was written, and the place where it was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.manifests.locate import field_line
from workbench.manifests.problems import Problem, Severity
from workbench.manifests.source import FieldPath, Source, field_path

__all__ = ["Manifest"]


@dataclass(frozen=True, slots=True, eq=False)
class Manifest:
    """A Kubernetes object as plain JSON values, with its source.

    `content` must not be changed: documents are cached by their text and shared.
    """

    content: Mapping[str, Any] = field(repr=False)
    source: Source = Source()

    @property
    def api_version(self) -> str:
        """``apiVersion``, or an empty string where it is missing or no string."""
        version = self.content.get("apiVersion")
        return version if isinstance(version, str) else ""

    @property
    def group(self) -> str:
        """API group: the part of ``apiVersion`` before the slash; empty for the core group."""
        group, slash, _ = self.api_version.rpartition("/")
        return group if slash else ""

    @property
    def kind(self) -> str:
        """``kind``, or an empty string where it is missing or no string."""
        kind = self.content.get("kind")
        return kind if isinstance(kind, str) else ""

    @property
    def metadata(self) -> Mapping[str, Any]:
        """``metadata``, or an empty mapping where it is missing or no mapping."""
        metadata = self.content.get("metadata")
        return metadata if isinstance(metadata, Mapping) else {}

    @property
    def name(self) -> str:
        """``metadata.name``, or an empty string."""
        name = self.metadata.get("name")
        return name if isinstance(name, str) else ""

    @property
    def namespace(self) -> str:
        """``metadata.namespace`` as written; empty where it is missing."""
        namespace = self.metadata.get("namespace")
        return namespace if isinstance(namespace, str) else ""

    @property
    def ref(self) -> str:
        """``Kind namespace/name`` (or ``Kind name``), for messages."""
        name = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind} {name}".strip()

    def problem(
        self,
        severity: Severity,
        code: str,
        message: str,
        *,
        remedy: str = "",
        path: FieldPath = (),
    ) -> Problem:
        """Return a Problem about this object, or about the field at `path` within it.

        Parameters
        ----------
        path : tuple of str or int
            Keys and list indices from the object's root, such as ``("spec", "ingress", 0)``.
        """
        return Problem(
            severity=severity,
            code=code,
            message=message,
            remedy=remedy,
            file=self.source.file,
            line=field_line(self.source, path),
            object=self.ref,
            field=field_path(path),
        )
