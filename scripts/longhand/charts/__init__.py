"""Charts: specifications of Vega-Lite made from rows by Altair, and drawn by vl-convert. Reads no table.

Altair and vl-convert are slow to load, and vl-convert holds 120 MB and more: only steps that draw load them.
"""
