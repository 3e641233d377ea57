"""What each state of a machine gets and gives on, by shapes: from the execution's input to every end."""
