"""The Arrow schemas of label tables, and of how judges do against them."""

from __future__ import annotations

import pyarrow as pa

from longhand.tables.schemas import FLAG, INT, REAL, TEXT, schema_of

# One row per row of the file of an entry of `certify`, in its order. Texts are rows of the entry's dataset.
LABELS = schema_of(
    ("pair", INT),  # from 0
    ("place", TEXT),  # in the file: "line 3"
    ("prompt", TEXT),  # equal for all pairs of one prompt and context
    ("chosen", TEXT),  # prompt_id of the row whose reference is the text; there is none of what is no pair
    ("rejected", TEXT),
    ("outcome", TEXT),  # pair, or why it is none: empty, equal, repeated, contradicted
)


def _with_interval(name: str) -> list[tuple[str, pa.DataType] | tuple[str, pa.DataType, bool]]:
    return [(name, REAL, True), (f"{name}_low", REAL, True), (f"{name}_high", REAL, True)]


# One row per entry of `certify`, judge and slice.
CERTIFICATION = schema_of(
    ("certify", TEXT),
    ("judge", TEXT),
    ("kind", TEXT),  # pairs: texts that the labels put in order; graded: verdicts of another judge, or of people
    ("rubrics", pa.list_(TEXT), True),  # that the judge was asked by; null: by its method, without one
    ("slice_kind", TEXT),  # all, language (of the prompt), range (of the mean words of a pair's two texts)
    ("slice", TEXT),
    ("n", INT),  # pairs
    ("n_prompts", INT),  # that they belong to
    ("n_ties", INT),  # pairs whose texts have equal scores: they count half
    ("n_unread", INT),  # pairs with a text that has no score: they count half, too
    ("n_left_out", INT),  # rows of all the labels that are no pairs: see `outcome` of LABELS; graded: equal grades
    # Share of pairs whose chosen text has the higher score, prompts weighing the same, with its 95% interval.
    ("accuracy", REAL, True),
    ("low", REAL, True),
    ("high", REAL, True),
    ("doubt", TEXT, True),  # why there is no interval: few_prompts (under 8)
    ("baseline", REAL, True),  # the same share for "the longer text wins"; equal lengths count half
    *_with_interval("gain"),  # accuracy - baseline, with the interval of the differences by prompt: paired
    ("threshold", REAL),  # that `low` must be over
    ("least", INT),  # pairs that there must be
    # Of graded labels, with 95% intervals by prompts; null for pairs.
    ("n_graded", INT, True),  # responses that both have graded
    *_with_interval("exact"),  # share of grades that are the same
    *_with_interval("alpha"),  # Krippendorff's, ordinal
    *_with_interval("rank"),  # Spearman's correlation of the responses' scores
    ("against", TEXT, True),  # the recorded judge whose verdicts are the labels; null: they are pairs
    ("people", FLAG),  # whether people made the labels
    ("labels", TEXT),  # who made them
    ("certified", FLAG),  # by people, enough pairs, `low` over `threshold` and over `baseline`, and `gain_low` over 0
    ("reason", TEXT, True),  # the first that it fails by: a key of longhand.results.certified.REASONS; null: none
)
