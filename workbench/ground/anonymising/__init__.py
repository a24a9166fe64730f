"""What stands in for names and addresses when they are shown to others: the same for the same, by a secret key."""
