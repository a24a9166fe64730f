"""How each kind of answer is drawn: a module each makes nodes and styled edges of it, and registers its picture."""
