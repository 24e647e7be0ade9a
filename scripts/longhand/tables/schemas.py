"""The Arrow schemas of the tables that steps pass to each other."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa


def schema_of(*fields: tuple[str, pa.DataType] | tuple[str, pa.DataType, bool]) -> pa.Schema:
    """A schema from its fields: (name, type) where null is not allowed and (name, type, True) where it is."""
    return pa.schema([pa.field(f[0], f[1], nullable=len(f) > 2) for f in fields])


TEXT, INT, REAL, FLAG = pa.string(), pa.int64(), pa.float64(), pa.bool_()

PROMPTS = schema_of(
    ("prompt_id", TEXT),
    ("prompt", TEXT),
    ("language", TEXT),
    ("category", TEXT, True),
    ("constraint", TEXT, True),
    ("required_min", INT, True),
    ("required_max", INT, True),
    ("required", INT, True),
    ("context", TEXT, True),
    ("reference", TEXT, True),
)
RESPONSES = schema_of(
    ("prompt_id", TEXT),
    ("sample", INT),
    ("status", TEXT),
    ("error", TEXT, True),
    ("response", TEXT, True),
    ("finish_reason", TEXT, True),
    ("prompt_tokens", INT, True),
    ("completion_tokens", INT, True),
    ("seconds", REAL, True),
    ("attempts", INT),
    ("model", TEXT),
    ("reported_model", TEXT, True),  # the name that the server gave; null where it gave none
    ("server", TEXT, True),  # what a job started to serve it: vllm and its version
    ("request_id", TEXT, True),
)
ANSWERED = ("ok", "truncated")
"""Statuses of a response that has text."""
LENGTHS = schema_of(
    ("prompt_id", TEXT),
    ("sample", INT),
    ("language", TEXT, True),  # of the response
    ("words", INT),  # by the counter of the dataset's own length rule
    ("words_longbench_write", INT),
    ("words_longen", INT),
    ("score_l", REAL, True),  # null where no length is required, or the response failed
    ("longbench_write", REAL, True),  # every length rule; null where it does not apply
    ("longen", REAL, True),
    ("lifebench", REAL, True),
    # Text health; null where there is no text.
    ("repeated_13gram_share", REAL, True),
    ("loop_onset", INT, True),  # LonGen words before the loop; null without one
    ("closed", FLAG, True),
    ("other_language", FLAG, True),  # than the prompt's
)
JUDGEMENTS = schema_of(
    ("prompt_id", TEXT),
    ("sample", INT),
    ("judge", TEXT),
    ("repeat", INT),
    ("dimension", TEXT),
    ("score", REAL, True),
    ("score_100", REAL, True),
    ("status", TEXT),
    ("error", TEXT, True),
    ("reply", TEXT, True),
    ("attempts", INT),  # replies asked for until one could be read
    ("prompt_tokens", INT, True),  # of all attempts; on the row of the first dimension only, so that sums are right
    ("completion_tokens", INT, True),
    ("seconds", REAL, True),
    ("reported_model", TEXT, True),  # the name that the server gave with the last reply
    ("server", TEXT, True),
)
# One row per call of a method that makes several; a judge's beside its judgements.
TRACES = schema_of(
    ("prompt_id", TEXT),
    ("sample", INT),
    ("role", TEXT),  # writer, judge …: the asker
    ("step", TEXT),  # of the method
    ("number", INT),  # which of the step's calls
    ("status", TEXT),  # ok, or as of a response that did not come
    ("error", TEXT, True),
    ("text", TEXT, True),
    ("finish_reason", TEXT, True),
    ("prompt_tokens", INT, True),
    ("completion_tokens", INT, True),
    ("seconds", REAL, True),
    ("attempts", INT),
    ("request_id", TEXT, True),
)
# One row per (prompt_id, sample, judge); the dimensions of the rubric follow as further columns.
SCORES = schema_of(
    ("prompt_id", TEXT),
    ("sample", INT),
    ("judge", TEXT, True),  # null where nothing is judged
    ("status", TEXT),  # of the response
    ("judge_status", TEXT, True),  # ok, or the first status among the verdicts that is not
    ("language", TEXT),
    ("category", TEXT, True),
    ("constraint", TEXT, True),
    ("range", TEXT, True),
    ("required", INT, True),  # or the bound, or the middle of a range
    ("words", INT),
    ("words_longbench_write", INT),
    ("words_longen", INT),
    ("score_l", REAL, True),
    ("score_q", REAL, True),
    ("score", REAL, True),
    ("longbench_write", REAL, True),
    ("longen", REAL, True),
    ("lifebench", REAL, True),
    ("repeated_13gram_share", REAL, True),
    ("loop_onset", INT, True),
    ("closed", FLAG, True),
    ("other_language", FLAG, True),
    ("prompt_tokens", INT, True),
    ("completion_tokens", INT, True),
    ("seconds", REAL, True),
    ("judge_prompt_tokens", INT, True),
    ("judge_completion_tokens", INT, True),
)
# One row per (dataset, model, judge, slice); dimension columns follow, 0-100.
LEADERBOARD = schema_of(
    ("dataset", TEXT),
    ("model", TEXT),
    ("judge", TEXT, True),
    ("slice_kind", TEXT),  # all, range, language, category, constraint
    ("slice", TEXT),
    ("missing", TEXT, True),  # how unread verdicts count: exclude, neutral or drop; null where nothing is judged
    ("n", INT),
    ("n_answered", INT),
    ("n_judged", INT),
    ("n_scored", INT),  # rows behind score: those with a score_l or a score_q
    ("n_scored_l", INT),  # rows behind score_l
    ("n_scored_q", INT),  # rows behind score_q
    ("n_without_length", INT),  # rows that have no score_l since their prompts require no length
    ("n_without_rule", INT),  # and those whose required length has no score by the dataset's length rule: a range
    ("score", REAL, True),
    ("score_low", REAL, True),
    ("score_high", REAL, True),
    ("score_l", REAL, True),
    ("score_l_low", REAL, True),
    ("score_l_high", REAL, True),
    ("score_q", REAL, True),
    ("score_q_low", REAL, True),
    ("score_q_high", REAL, True),
    ("words_mean", REAL, True),
    ("words_median", REAL, True),
    ("words_max", INT, True),
    ("longbench_write", REAL, True),  # every length rule, over the rows that it applies to
    ("longen", REAL, True),
    ("lifebench", REAL, True),
    ("repeated_13gram_share", REAL, True),
    ("n_truncated", INT),
    ("n_looped", INT),
    ("n_unclosed", INT),
    ("n_other_language", INT),
    ("prompt_tokens", INT, True),
    ("completion_tokens", INT, True),
    ("judge_prompt_tokens", INT, True),
    ("judge_completion_tokens", INT, True),
    ("cost", REAL, True),  # USD for the responses; null without a price
    ("judge_cost", REAL, True),
)


# One row per pair of models, dataset, judge, slice and metric.
COMPARISON = schema_of(
    ("dataset", TEXT),
    ("model", TEXT),  # after
    ("before", TEXT),
    ("judge", TEXT, True),
    ("slice", TEXT),  # all, or a range of required words
    ("guard", FLAG),  # one of the short ranges that are always there
    ("metric", TEXT),  # score, score_l, score_q
    ("n", INT),  # prompts with the metric on both sides
    ("mean_before", REAL, True),
    ("mean_after", REAL, True),
    ("difference", REAL, True),
    ("low", REAL, True),
    ("high", REAL, True),
)


def with_dimensions(schema: pa.Schema, dimensions: Iterable[str]) -> pa.Schema:
    """`schema` with one nullable 0-100 column per rubric dimension."""
    for name in dimensions:
        schema = schema.append(pa.field(name, REAL))
    return schema


def subschema(schema: pa.Schema, columns: Iterable[str]) -> pa.Schema:
    """The fields of `schema` with these names."""
    return pa.schema([schema.field(name) for name in columns])
