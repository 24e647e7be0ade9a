"""Longhand's library: what the steps of the workflow call. It never imports snakemake."""

__version__ = "0.1.0"
