"""What the ways of judging score. Apart from them, so that reading a config stays light."""

from __future__ import annotations

DIMENSIONS = {"long-reward": ("helpfulness", "logicality", "faithfulness", "completeness")}
"""Method -> its own dimensions. One that is not here scores those of a dataset's rubric."""
