"""What did a change open and close: two inputs side by side."""
