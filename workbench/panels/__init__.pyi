from .network_graph import NetworkGraphPanel as NetworkGraphPanel
from .network_graph_state import NetworkGraphState as NetworkGraphState
