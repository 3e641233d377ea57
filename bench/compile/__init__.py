"""What compiling machines costs, in CPU time."""
