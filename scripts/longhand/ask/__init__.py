"""All that spends money and holds locks: clients, journals, budgets, limits, servers.

It only sends and keeps. Nothing of a result is decided here, so a change of it makes nothing stale.
"""
