"""How responses are made: one file per method. A method asks only through the askers that it is given."""
