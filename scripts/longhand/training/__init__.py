"""Training through TRL's own commands: what they are told, how they are run, what comes out."""
