"""Look and decide: interactive views for notebooks, each a state without widgets and a view of it."""
