"""From a user's file to prompts: datasets, sweeps, sources, lengths that are read from text. Fetches pinned files."""
