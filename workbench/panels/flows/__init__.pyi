from .state import FlowsState as FlowsState
from .view import FlowsPanel as FlowsPanel
