"""Run by alembic: the steps that are missing, in the transaction that was begun for them."""

from alembic import context

from workbench.workspace.schema import VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], version_table=VERSION_TABLE)
with context.begin_transaction():
    context.run_migrations()
