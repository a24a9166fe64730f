from .state import ChecksState as ChecksState
from .view import ChecksPanel as ChecksPanel
