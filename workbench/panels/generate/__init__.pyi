from .pieces import code_html as code_html
from .pieces import notes_html as notes_html
from .records import ProposalRecords as ProposalRecords
from .state import GenerateState as GenerateState
from .view import GeneratePanel as GeneratePanel
