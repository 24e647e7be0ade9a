"""The Arrow schemas of what is said about judges."""

from __future__ import annotations

from longhand.tables.schemas import FLAG, INT, REAL, TEXT, schema_of

# One row per figure. `part` is alpha, rank or shift (between judges), retest (between repeats of one), noise (parts of
# variance), next (the standard error of a model's mean, now and with more of something), or same (a judge that is the
# same model as another judge, or as one that it judges).
AGREEMENT = schema_of(
    ("dataset", TEXT),
    ("part", TEXT),
    ("judge", TEXT, True),  # null: all that share the dimension
    ("other", TEXT, True),  # the judge that it is held against
    ("model", TEXT, True),  # null: all
    ("dimension", TEXT),  # or score_q
    ("figure", TEXT),
    ("value", REAL, True),
    ("low", REAL, True),  # of the 95% interval
    ("high", REAL, True),
    ("unit", TEXT),  # points (of 0-100), percent, or nothing
    ("n", INT),  # prompts behind it
    ("doubt", TEXT, True),  # why there is no value, or no interval
)
# One row per dataset, judge and model, of responses with a required length and a readable verdict.
LENGTH_BIAS = schema_of(
    ("dataset", TEXT),
    ("judge", TEXT),
    ("model", TEXT),
    ("n_prompts", INT),
    ("n_near", INT),  # responses with 0.8 to 1.25 of the required words
    ("ratio", REAL),  # words over required words, median
    ("score_q", REAL),
    ("score_q_at_length", REAL, True),  # with length held fixed at what is required
    ("low", REAL, True),
    ("high", REAL, True),
    ("doubt", TEXT, True),
    ("extrapolated", FLAG),  # n_near is 0
    # Of the judge: points of S_Q per doubling of words of a model's text for the same prompt. Equal on all its rows.
    ("slope", REAL, True),
    ("slope_low", REAL, True),
    ("slope_high", REAL, True),
    ("slope_doubt", TEXT, True),
)
