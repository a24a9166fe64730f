from .drafts import ChangeDraft as ChangeDraft
from .pieces import flow_html as flow_html
from .state import WhatIfState as WhatIfState
from .view import WhatIfPanel as WhatIfPanel
