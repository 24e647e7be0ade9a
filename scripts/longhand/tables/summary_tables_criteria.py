"""The Arrow schemas of the tables in results/summary/ on judges that grade by the criteria of each prompt."""

from __future__ import annotations

from longhand.tables.schemas import INT, REAL, TEXT, schema_of

_OF_JUDGE = (("dataset", TEXT), ("model", TEXT), ("judge", TEXT))

# Verdicts by criteria, one row per table of them. A verdict is of a response, criterion and repeat.
CRITERIA_READ = schema_of(
    *_OF_JUDGE,
    ("verdicts", INT),  # on responses with text
    ("unread", INT),  # of these, have no readable score
    ("lost", INT),  # responses that have no S_Q for it
    ("n", INT),  # responses with text
    ("n_cut", INT),  # of these, whose end the judge was not shown
    ("words_cut", INT),  # that it was not shown of them
    ("criteria", INT),  # different ones of the dataset; those with a name differ by it
    ("shown", INT),  # of these, that CRITERION_MEANS has
)
# Means of criteria that recur, on 0-100: of all of them where all prompts have the same ones, or all of a category;
# else of the most frequent. One row per model, judge, category and criterion, those of a category in their order.
CRITERION_MEANS = schema_of(
    *_OF_JUDGE,
    ("category", TEXT, True),  # whose prompts have the same criteria; null: they are of all prompts
    ("name", TEXT, True),  # null where it has none but its position
    ("description", TEXT, True),  # how it begins; null where its prompts have several
    ("weight", REAL, True),  # null where its prompts have several
    ("prompts", INT),  # that have it
    ("unread", INT),  # verdicts without a readable score, on responses with text
    ("n_prompts", INT),  # behind the mean
    ("mean", REAL, True),
    ("low", REAL, True),
    ("high", REAL, True),
    ("doubt", TEXT, True),  # why there is no interval
)
