"""Datasets that the graph makes, from what models wrote: pure functions over rows. Asks nobody and writes nothing."""
