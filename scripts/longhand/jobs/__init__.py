"""What the steps that ask do: orders of a run, their rows, the method that makes them. Asks only through `ask`."""
