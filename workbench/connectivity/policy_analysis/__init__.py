"""What is wrong with policies, and what can be said of them without asking about one pair."""
