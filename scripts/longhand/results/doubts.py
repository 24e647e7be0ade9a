"""Why a mean has no interval that can be trusted, as tables say it. What shows tables needs no statistics for it."""

from __future__ import annotations

FEWEST_PROMPTS = 8
"""Under so many prompts a mean has no interval and no rank."""

FEW_PROMPTS, ALL_EQUAL, ZEROS_DECIDE = "few_prompts", "all_equal", "few_zeros"
