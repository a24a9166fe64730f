from .drafts import Draft as Draft
from .state import WhatIfState as WhatIfState
from .view import WhatIfPanel as WhatIfPanel
