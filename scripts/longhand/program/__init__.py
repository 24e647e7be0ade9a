"""What every step is made of: command line, errors, text that is fit to be shown, processes that end with it."""
