from .decisions import ConflictError as ConflictError
from .decisions import KeptDecision as KeptDecision
from .decisions import WorkspaceError as WorkspaceError
from .frames import HISTORY as HISTORY
from .settings import Settings as Settings
from .sizes import WorkspaceSize as WorkspaceSize
from .workspace import VIEW as VIEW
from .workspace import Workspace as Workspace
