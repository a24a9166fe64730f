"""What is declared: every policy kind in one normal form."""
