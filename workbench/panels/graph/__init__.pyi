from .exports import EXPORTS as EXPORTS
from .exports import Export as Export
from .state import SPANS as SPANS
from .state import VIEW_WORDS as VIEW_WORDS
from .state import NetworkGraphState as NetworkGraphState
from .view import NetworkGraphPanel as NetworkGraphPanel
from .views import SavedViews as SavedViews
