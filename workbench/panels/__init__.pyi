from .app import Workbench as Workbench
from .app import app_command as app_command
from .app import lab_command as lab_command
from .app import write_notebook as write_notebook
from .network_graph import NetworkGraphPanel as NetworkGraphPanel
from .network_graph_state import NetworkGraphState as NetworkGraphState
