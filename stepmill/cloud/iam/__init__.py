"""Who may do what: roles' policies evaluated as AWS does."""
