from .state import ConnectivityState as ConnectivityState
from .view import ConnectivityPanel as ConnectivityPanel
