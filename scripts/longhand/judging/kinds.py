"""What the ways of judging score. Apart from them, so that reading a config stays light."""

from __future__ import annotations

DIMENSIONS = {"long-reward": ("helpfulness", "logicality", "faithfulness", "completeness")}
"""Method -> its own dimensions. One that is not here scores those of a dataset's rubric."""

CRITERIA = "criteria"
"""The method of a judge by a rubric that has criteria."""

FACTS_STEP, STATEMENT = "facts", "statement"
"""Steps of methods that look into contexts: a call per chunk of a context, a finding per statement of a response."""
EMBED_PASSAGES, EMBED_STATEMENTS = "embed_passages", "embed_statements"
"""Steps in which an embedder is asked for vectors: of a context, of the statements of a response."""
SHARED = frozenset((FACTS_STEP, EMBED_PASSAGES))
"""Steps whose calls all responses to a prompt share: they are no response's own."""
