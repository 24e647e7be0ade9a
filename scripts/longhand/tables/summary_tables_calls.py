"""The Arrow schemas of the tables in results/summary/ on calls, sections and the texts that the report shows."""

from __future__ import annotations

from longhand.tables.schemas import FLAG, INT, REAL, TEXT, schema_of

_OF_MODEL = (("dataset", TEXT), ("model", TEXT))

# Calls of methods that make several for a text. One row per step and status.
CALLS = schema_of(*_OF_MODEL, ("step", TEXT), ("status", TEXT), ("n", INT))
# Why calls were not ok. One row per reason and model; `together` names what is ranked as one list.
CALL_REASONS = schema_of(
    ("together", TEXT),  # a dataset, {dataset}/{model}, or {entry of self_lengthen}.{role}
    ("rank", INT),  # 0: all calls; then the most frequent reasons; the last may stand for all others
    ("reasons", INT),  # that the row stands for
    ("step", TEXT, True),  # null: of several steps
    ("status", TEXT, True),
    ("reason", TEXT, True),  # N stands for a number; null: none was given, or several
    *_OF_MODEL,
    ("n", INT),
)
# AgentWrite's texts. One row per model; null where no text came whole and has a required length.
SECTION_TEXTS = schema_of(
    *_OF_MODEL,
    ("texts", INT),  # asked for
    ("rejected", INT),  # of these, by the method's own checks
    ("planned", INT),  # texts whose plan was asked for
    ("planned_again", INT),  # of these, more than once
    ("whole", INT),  # texts that came whole and have a required length
    ("required", REAL, True),  # words: medians of the whole texts
    ("planned_words", REAL, True),
    ("written", REAL, True),
    ("planned_share", REAL, True),  # percent of required: the median over the texts
    ("written_share", REAL, True),  # percent of planned
    ("within_20", INT, True),  # whole texts within 20% of the required length
    ("sections", INT),  # for which a number of words was wanted
    ("sections_within_20", INT),
    ("sections_without_words", INT),
    ("sections_cut", INT),  # off, when the tokens ran out
)
# One row per place in a text: sections first to last, counted from 1. Written words in percent of wanted ones.
SECTION_PLACES = schema_of(
    *_OF_MODEL,
    ("place", INT),
    ("first", INT),
    ("last", INT, True),  # null: and all after it
    ("n", INT),
    ("share", REAL),  # the median
    ("low", REAL),  # the middle 80%
    ("high", REAL),
)
# Words wanted and written of sections; one row per pair.
SECTION_LENGTHS = schema_of(*_OF_MODEL, ("required", INT), ("words", INT), ("cut", FLAG), ("n", INT))
# The prompts whose responses are shown: one of each third by required length.
SHOWN_PROMPTS = schema_of(
    ("dataset", TEXT),
    ("place", INT),  # from 0, by required length
    ("prompt_id", TEXT),
    ("language", TEXT),
    ("category", TEXT, True),
    ("constraint", TEXT, True),
    ("required", INT, True),
    ("required_min", INT, True),
    ("required_max", INT, True),
    ("opening", TEXT),  # how the prompt begins
)
# The first texts of models with several calls to the prompts that are shown, and the calls of these.
READ_TEXTS = schema_of(
    *_OF_MODEL,
    ("prompt_id", TEXT),
    ("status", TEXT),
    ("words", INT),
    ("calls", INT),  # all of them
    ("left_out", INT),  # of these, that stand between the first and the last that are shown
)
READ_CALLS = schema_of(
    *_OF_MODEL,
    ("prompt_id", TEXT),
    ("place", INT),  # among all calls of the text, from 0
    ("step", TEXT),
    ("number", INT),
    ("status", TEXT),
    ("error", TEXT, True),
    ("required", INT, True),
    ("words", INT, True),
    ("opening", TEXT, True),  # how the text begins
)
# How the first response of each model to these prompts begins, and its score by each judge of the evaluation.
SAMPLES = schema_of(
    *_OF_MODEL,
    ("prompt_id", TEXT),
    ("sample", INT),
    ("status", TEXT),
    ("error", TEXT, True),
    ("words", INT, True),
    ("score_l", REAL, True),
    ("opening", TEXT, True),
)
SAMPLE_SCORES = schema_of(*_OF_MODEL, ("prompt_id", TEXT), ("judge", TEXT), ("score_q", REAL, True))
