"""The Arrow schemas of the tables that steps pass to each other."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa


def schema_of(*fields: tuple[str, pa.DataType] | tuple[str, pa.DataType, bool]) -> pa.Schema:
    """A schema from its fields: (name, type) where null is not allowed and (name, type, True) where it is."""
    return pa.schema([pa.field(f[0], f[1], nullable=len(f) > 2) for f in fields])


TEXT, INT, REAL, FLAG = pa.string(), pa.int64(), pa.float64(), pa.bool_()

# A criterion of a prompt: what judges grade responses to it by, where the dataset's rubric has criteria.
CRITERION = pa.struct(
    [
        pa.field("name", TEXT, nullable=False),  # the criterion's position, from 1, where the file names none
        ("description", TEXT),
        # What its scores mean: labels ("1-2") with texts.
        ("levels", pa.list_(pa.struct([pa.field("label", TEXT, nullable=False), ("text", TEXT)]))),
        ("values", pa.list_(REAL)),  # the scores that are allowed; null: all that the rubric allows
        pa.field("weight", REAL, nullable=False),  # in the weighted mean of a response's criteria
        ("views", pa.list_(TEXT)),  # of the dataset, that it is in; null: none
    ]
)

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
    ("other_references", pa.list_(TEXT), True),  # where a prompt has several
    ("examples", pa.list_(pa.struct([("answer", TEXT), ("score", REAL)])), True),  # answers scored before, for judges
    ("criteria", pa.list_(CRITERION), True),  # null where the prompt has none
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
    ("cut_tokens", INT, True),  # of the prompt, that were cut out of its middle; null where nothing was cut
    ("seconds", REAL, True),
    ("attempts", INT),
    ("model", TEXT),
    ("reported_model", TEXT, True),  # the name that the server gave; null where it gave none
    ("server", TEXT, True),  # what a job started to serve it: vllm and its version
    ("request_id", TEXT, True),
)
ANSWERED = ("ok", "truncated")
"""Statuses of a response that has text."""
NOT_ASKED = ("no_response", "no_context")
"""Statuses of a judgement for which nothing was asked."""
NO_STATEMENTS = "no_statements"
"""Status of a verdict on a response that says nothing which could be held against its context: read, but no score."""
JUDGEMENTS = schema_of(
    ("prompt_id", TEXT),
    ("sample", INT),
    ("judge", TEXT),
    ("repeat", INT),
    # Of the rubric or the judge's method; by criteria, the position of one among its prompt's, from 1: "1", "2", …
    ("dimension", TEXT),
    ("weight", REAL, True),  # of a criterion in S_Q; null: the row is of a dimension, and these all count alike
    ("score", REAL, True),
    ("score_100", REAL, True),
    ("status", TEXT),
    ("error", TEXT, True),
    ("words_cut", INT, True),  # of the response, that the judge was not shown; null: it was shown all of it
    ("reply", TEXT, True),
    ("reason", TEXT, True),  # what the reply gives as the reason for this score; null where it gives none of its own
    ("attempts", INT),  # replies asked for until one could be read
    ("prompt_tokens", INT, True),  # of all attempts; on the row of the first dimension only, so that sums are right
    ("completion_tokens", INT, True),
    ("batch_prompt_tokens", INT, True),  # of these tokens, those that came in batches; null: none
    ("batch_completion_tokens", INT, True),
    ("seconds", REAL, True),
    ("requests", pa.list_(TEXT), True),  # ids of the requests that these tokens are of
    ("reported_model", TEXT, True),  # the name that the server gave with the last reply
    ("server", TEXT, True),
)
# One row per call of a method that makes several, and per finding of a judge's; a judge's beside its judgements.
TRACES = schema_of(
    ("prompt_id", TEXT),
    ("sample", INT),
    ("role", TEXT),  # writer, judge …: the asker
    ("step", TEXT),  # of the method
    ("number", INT),  # which of the step's calls
    ("repeat", INT, True),  # of a judge's verdicts; null where a call is for all of them
    ("status", TEXT),  # ok, as of a response that did not come, or what its method says of it
    ("error", TEXT, True),
    ("required", INT, True),  # words that were wanted; null where no length was stated
    ("words", INT, True),  # of the text
    ("text", TEXT, True),
    ("finish_reason", TEXT, True),
    ("prompt_tokens", INT, True),
    ("completion_tokens", INT, True),
    ("seconds", REAL, True),
    ("attempts", INT),  # 0: it is no call but a finding, and its figures are those of its request's call
    ("request_id", TEXT, True),
    ("part", TEXT, True),  # of the response, that a finding is about
    ("grade", REAL, True),  # of a finding
    ("passages", pa.list_(pa.struct([("start", INT), ("end", INT)])), True),  # of the context: ranges of characters
)
# One row per prompt and chunk of its context: what a judge took out of it, once for all responses to the prompt.
FACTS = schema_of(
    ("prompt_id", TEXT),
    ("chunk", INT),  # from 0, in the order of the context
    ("start", INT),  # of the chunk in the context, in characters
    ("end", INT),
    ("status", TEXT),  # as of a judgement
    ("error", TEXT, True),
    ("facts", pa.list_(TEXT), True),  # empty: nothing bears on the prompt; null: no reply could be read
    ("reply", TEXT, True),  # the last one
    ("attempts", INT),  # replies asked for until one could be read
    # Of all attempts, but those that stand in an earlier row, so that sums are right.
    ("prompt_tokens", INT, True),
    ("completion_tokens", INT, True),
    ("seconds", REAL, True),
    ("embedding_tokens", INT, True),  # that the passages of the context took; on the row of its first chunk
    ("embedding_requests", pa.list_(TEXT)),  # ids of the calls that took these
    ("request_id", TEXT, True),  # of the last reply
)
# What became of the rows that a table was made of, filter by filter, in the order in which they were applied.
FILTERED = schema_of(
    ("order", INT),  # from 0
    ("filter", TEXT),  # "all" first: what there was
    ("dropped", INT),
    ("left", INT),
)


def subschema(schema: pa.Schema, columns: Iterable[str]) -> pa.Schema:
    """The fields of `schema` with these names."""
    return pa.schema([schema.field(name) for name in columns])
