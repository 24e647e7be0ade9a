"""What a run would cost, before it starts: from Snakemake's stale jobs to requests, tokens, money and GPU hours.

Nothing here asks a model, starts a server or writes into the run folder.
"""
