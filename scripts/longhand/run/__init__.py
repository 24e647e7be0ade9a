"""What belongs to a run as a whole: which code made it, what its steps may see, what the terminal says of it."""
