"""The Arrow schemas of the tables that hold models against each other."""

from __future__ import annotations

from longhand.tables.schemas import FLAG, INT, REAL, TEXT, schema_of

# One row per dataset, judge, slice, metric and pair of models, each once: differences on the same prompts.
COMPARISON = schema_of(
    ("dataset", TEXT),
    ("judge", TEXT, True),  # null where nothing is judged
    ("slice_kind", TEXT),  # all, range, language, category, constraint
    ("slice", TEXT),
    ("metric", TEXT),  # score, score_l, score_q; of all prompts also the judge's dimensions
    ("model", TEXT),
    ("other", TEXT),
    ("trained", FLAG),  # the model was made of the other here
    ("guard", FLAG),  # one of the short ranges that are always there for a trained model
    ("n_prompts", INT),  # with the metric on both sides
    ("mean_model", REAL, True),
    ("mean_other", REAL, True),
    ("difference", REAL, True),  # model - other
    ("low", REAL, True),  # of the 95% interval; null where none can be trusted
    ("high", REAL, True),
    ("p", REAL, True),  # two-sided, of the paired t test
    ("doubt", TEXT, True),  # why there is no interval: few_prompts, all_equal; few_zeros where it would leave out 0
    ("deviation", REAL, True),  # of the differences of single prompts
    ("detectable", REAL, True),  # the smallest difference that shows in 80 of 100 such sets of prompts
    ("prompts_needed", INT, True),  # to show the difference that was seen, likewise; null where it is 0
    ("repeats", INT, True),  # of the judge; null where it gives one verdict: what more of them would do is unknown
    ("repeats_needed", INT, True),  # likewise, on these prompts; null where no number of repeats would show it
)
# One row per dataset, judge, metric and model: how often it scores higher than the others, by Bradley-Terry.
WIN_RATES = schema_of(
    ("dataset", TEXT),
    ("judge", TEXT, True),
    ("metric", TEXT),
    ("model", TEXT),
    ("n_prompts", INT),  # on which it and another model have the metric
    ("wins", INT),  # over prompts and other models
    ("losses", INT),
    ("ties", INT),
    ("strength", REAL),  # odds against a model of strength 1, the geometric mean
    ("win_rate", REAL),  # percent, mean over the other models
    ("low", REAL, True),
    ("high", REAL, True),
    ("doubt", TEXT, True),
)
