"""The Arrow schemas of the tables in results/summary/ on the prompts of datasets, and what models did with them."""

from __future__ import annotations

import pyarrow as pa

from longhand.tables.schemas import FLAG, INT, REAL, TEXT, schema_of

_OF_MODEL = (("dataset", TEXT), ("model", TEXT))
_OF_JUDGE = (*_OF_MODEL, ("judge", TEXT, True))

GIVES_UP, CUT_OFF = "gives_up", "cut_off"
"""How a model's course ends in REACH."""

# Prompts in numbers. One row per dataset.
PROMPT_COUNTS = schema_of(
    ("dataset", TEXT),
    ("n", INT),
    ("languages", pa.list_(pa.struct([("language", TEXT), ("n", INT)]))),
    ("shortest", INT, True),  # the least words that any prompt states, be it as a bound; null without any
    ("longest", INT, True),
    ("without_length", INT),  # prompts that require no length
    ("without_rule", INT),  # prompts whose required length has no score by the dataset's length rule: a range
)
# Responses, and verdicts (one per response, dimension and repeat). One row per table of them.
ANSWERS = schema_of(
    *_OF_JUDGE,  # judge: null where they are responses
    ("n", INT),
    ("n_cut", INT),  # responses to prompts that lost their middle
    ("cut_tokens", INT),  # that these prompts lost
)
# These by what became of them: a row per status, and per reason why the model stopped.
ANSWER_STATES = schema_of(
    *_OF_JUDGE,
    ("kind", TEXT),  # status, finish_reason
    ("state", TEXT, True),  # null: the server gave no reason
    ("n", INT),
)
# The errors that came most often with each model, and each model and judge.
ANSWER_ERRORS = schema_of(
    *_OF_JUDGE,
    ("status", TEXT),
    ("error", TEXT),  # on one line; ends in … where it is longer
    ("n", INT),
)
# The health of texts: of responses with text. One row per model.
HEALTH = schema_of(
    *_OF_MODEL,
    ("texts", INT),
    ("cut", INT),  # off, as the tokens ran out
    ("looped", INT),  # into saying one passage over and over
    ("onset", REAL, True),  # LonGen words before the loop: the median of the looped texts
    ("onset_share", REAL, True),  # in percent of the text, likewise
    ("unclosed", INT),  # without a closing mark at the end
    ("other_language", INT),  # than the prompt's
    ("repeated", REAL, True),  # percent of 13-grams that stood in the text before: the mean over prompts
)
# Words written, step by step of required words. One row per model and range that it has responses in; what failed is no
# response, one without words is one of 0 words.
REACH = schema_of(
    *_OF_MODEL,
    ("range", TEXT),
    ("required", REAL),  # words: the median of what the range's prompts require
    ("uniform", FLAG),  # whether they all require the same
    ("n", INT),  # responses
    ("words", REAL),  # of the median response
    ("low", REAL),  # the middle 80%
    ("high", REAL),
    ("share", REAL),  # of the required words, that the median response has
    ("cut", INT),  # responses that were cut off, as the tokens ran out
    ("limited", FLAG),  # whether these are half of the responses or more
    ("ends", TEXT, True),  # on the row where the model's course ends: GIVES_UP, CUT_OFF
    ("longest", INT),  # words of the model's longest response to any prompt
)
# Words required and written, a row per response to a prompt with a required length; what failed is no response.
LENGTH_POINTS = schema_of(
    *_OF_MODEL,
    ("prompt_id", TEXT),
    ("sample", INT),
    ("required", INT),
    ("words", INT),
    ("cut", FLAG),  # off, as the tokens ran out
)
# These counted. One row per model.
LENGTH_COUNTS = schema_of(
    *_OF_MODEL,
    ("n", INT),
    ("near", INT),  # within 20% of the required length
    ("wordless", INT),
    ("cut", INT),  # of those with words
)
# The length rules side by side, over the responses that all of them apply to. One row per model and rule.
LENGTH_RULE_MEANS = schema_of(
    *_OF_MODEL,
    ("rule", TEXT),
    ("n", INT),  # responses
    ("n_prompts", INT),
    ("mean", REAL, True),
    ("low", REAL, True),
    ("high", REAL, True),
    ("doubt", TEXT, True),  # why there is no interval
    ("leads", FLAG, True),  # cannot be told apart from the best by this rule; null where nobody knows
    ("rank", INT, True),  # one more than the models that are better for sure; null where nobody knows
    ("above", INT),  # models that stand below by the dataset's own rule and above by this one, both for sure
    ("below", INT),  # and the other way round
)
# And the words of these responses by each counter: means over prompts.
LENGTH_RULE_WORDS = schema_of(*_OF_MODEL, ("counter", TEXT), ("words", REAL, True))
# Further metrics, 0-100. One row per model, metric, judge and category.
METRIC_MEANS = schema_of(
    *_OF_JUDGE,  # judge: whose grades they are; null: of no judge
    ("metric", TEXT),
    ("all", FLAG),  # all prompts
    ("category", TEXT, True),  # else those of this category; null: those without one
    ("n", INT),  # responses with a value
    ("n_prompts", INT),
    ("mean", REAL, True),
    ("low", REAL, True),
    ("high", REAL, True),
    ("doubt", TEXT, True),
    ("leads", FLAG, True),  # cannot be told apart from the best of its column; null where nobody knows
)
