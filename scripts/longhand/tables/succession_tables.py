"""The Arrow schema of what a new judge's scores say of a retired one's."""

from __future__ import annotations

import pyarrow as pa

from longhand.tables.schemas import FLAG, INT, REAL, TEXT, schema_of

# An anchor: a model whose responses both judges scored.
ANCHOR = pa.struct(
    [
        pa.field("model", TEXT, nullable=False),
        pa.field("n", INT, nullable=False),  # prompts with a score by both
        ("old", REAL),  # means over the prompts of the sample; null where it is left out
        ("new", REAL),
        ("error", REAL),  # old - what the line of the other anchors says; null without a line
        ("left_out", TEXT),  # few_prompts (under 8), or twice: its scores are those of an anchor before
    ]
)
# One row per succession, dataset and new judge.
SUCCESSION = schema_of(
    ("succession", TEXT),
    ("dataset", TEXT),  # whose prompts were drawn
    ("judge", TEXT),  # the new one
    ("bridged_to", TEXT),  # the old one
    ("n_systems", INT),  # anchors behind the line
    ("n_prompts", INT),  # of the sample, with scores by both of some anchor
    ("n_texts", INT),  # responses with scores by both
    ("slope", REAL, True),  # of the old judge's mean on the new one's; null without a line
    ("intercept", REAL, True),
    ("reliability", REAL, True),  # share of the variance of the anchors' new means that is of systems, not of sampling
    # In points: the spread of the errors of anchors that were left out, each over what its place among the others makes
    # of it; the part of it that is sampling of their texts; and what the draw of the prompts does to the line.
    ("error", REAL, True),
    ("sampling_error", REAL, True),
    ("prompt_error", REAL, True),
    ("exploratory", FLAG),  # under 5 anchors
    ("doubt", TEXT, True),  # why there is no line: few_prompts, few_systems (under 3), systems_alike
    # What the anchors cover: words that all but the shortest and longest 1% of their texts have, their means under the
    # new judge, and what their prompts are.
    ("words_low", REAL, True),
    ("words_high", REAL, True),
    ("mean_low", REAL, True),
    ("mean_high", REAL, True),
    ("languages", pa.list_(TEXT)),
    ("categories", pa.list_(TEXT)),
    ("anchors", pa.list_(ANCHOR)),
)
