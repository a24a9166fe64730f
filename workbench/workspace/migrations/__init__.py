"""How the decisions database came to be what it is: one module for each step, run by alembic (workspace 5)."""
