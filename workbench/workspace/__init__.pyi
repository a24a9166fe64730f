from .decisions import ConflictError as ConflictError
from .decisions import Decision as Decision
from .decisions import WorkspaceError as WorkspaceError
from .frames import HISTORY as HISTORY
from .workspace import Workspace as Workspace
