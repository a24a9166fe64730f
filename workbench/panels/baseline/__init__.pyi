from .state import BaselineState as BaselineState
from .view import BaselinePanel as BaselinePanel
