from .widget import GraphCanvas as GraphCanvas
from .words import Words as Words
from .words import label_of as label_of
