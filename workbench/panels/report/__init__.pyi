from .state import ReportState as ReportState
from .view import ReportPanel as ReportPanel
