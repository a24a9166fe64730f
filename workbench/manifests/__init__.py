"""What was written: Kubernetes-faithful YAML and JSON, files and folders, and what was wrong with them."""

from workbench.manifests.documents import Document, read_documents
from workbench.manifests.files import DEFAULT_LIMIT, ManifestFile, read_files
from workbench.manifests.locate import field_line
from workbench.manifests.manifest import Manifest
from workbench.manifests.objects import read_objects
from workbench.manifests.problems import Problem, ProblemError, ProblemLog, Severity
from workbench.manifests.progress import Progress, silent
from workbench.manifests.source import FieldPath, Source, field_path

__all__ = [
    "DEFAULT_LIMIT",
    "Document",
    "FieldPath",
    "Manifest",
    "ManifestFile",
    "Problem",
    "ProblemError",
    "ProblemLog",
    "Progress",
    "Severity",
    "Source",
    "field_line",
    "field_path",
    "read_documents",
    "read_files",
    "read_objects",
    "silent",
]
