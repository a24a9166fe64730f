from .state import GenerateState as GenerateState
from .view import GeneratePanel as GeneratePanel
