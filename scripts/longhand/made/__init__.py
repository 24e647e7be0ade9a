"""Datasets that the graph makes: prompts from what models wrote. Pure functions over rows; asks nobody, writes nothing."""
