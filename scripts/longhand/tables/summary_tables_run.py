"""The Arrow schemas of the tables in results/summary/ on data made here, money, time, versions and names."""

from __future__ import annotations

import pyarrow as pa

from longhand.tables.schemas import INT, REAL, TEXT, schema_of
from longhand.tables.training_tables import AUDIT

_SPREAD = (("n", INT), ("median", REAL), ("low", REAL), ("high", REAL))  # of n texts; low to high: the middle 80%

# What filters dropped. One row per filter, in the order in which they were applied.
FILTERS = schema_of(
    ("kind", TEXT),  # datasets or sft
    ("name", TEXT),
    ("order", INT),
    ("filter", TEXT),  # "all" first: what there was
    ("dropped", INT),
    ("left", INT),
)
# Words of the answers in fine-tuning data.
TRAINING_SETS = schema_of(("name", TEXT), *_SPREAD)
# General conversations that are mixed into fine-tuning data, by the name of their set.
MIXED_SETS = schema_of(("name", TEXT), ("source", TEXT), ("n", INT))
# Lengths on the way of Self-Lengthen. `growth` counts how many times as long as the first answer a text is.
LENGTHENED = schema_of(
    ("name", TEXT),  # of the entry of self_lengthen
    ("stage", TEXT),  # first, kept, extended, learned, growth: of an iteration; collected, final: of the whole
    ("iteration", INT, True),  # from 1; the last is the collection
    *_SPREAD,
)
# Rounds of extension, of all texts and tries. Words are medians of the rounds that made a text longer.
LENGTHENED_ROUNDS = schema_of(
    ("name", TEXT),
    ("iteration", INT),
    ("round", INT),  # from 1
    ("begun", INT),
    ("through", INT),  # of these, made a text longer
    ("before", REAL, True),
    ("after", REAL, True),
)
# What answers took, each request counted once: several answers may share one. A row without a name is the sum over all
# who were asked; its cost is of those that have a price.
COSTS = schema_of(
    ("used_for", TEXT),  # evaluation; data: all else. A request that both use counts for the evaluation
    ("what", TEXT),  # responses, verdicts, facts, embeddings; all: their sum
    ("kind", TEXT, True),  # models, judges, embedders
    ("name", TEXT, True),
    ("requests", INT),
    ("shared", INT),  # further uses of a request that was counted before
    ("prompt_tokens", INT, True),
    ("completion_tokens", INT, True),
    ("seconds", REAL),
    ("cost", REAL, True),  # USD; null without a price or without tokens
)
# What the journal says was paid to those who were asked: for all runs that share it, and for what is in no table, too.
# The last row is the sum over all who were asked; its money is of those that have a price.
PAID = schema_of(
    ("kind", TEXT, True),  # models, judges, embedders
    ("name", TEXT, True),
    ("answers", INT),
    ("requests", INT),  # with those that led to no answer
    ("maybe_paid", INT),  # requests that got no reply
    ("prompt_tokens", INT),
    ("completion_tokens", INT),
    ("usd", REAL, True),  # null without a price
    ("usd_at_most", REAL, True),  # with the most that requests without a reply can cost
)
# Versions of what made the tables. One row per name and version, the most frequent first.
VERSIONS = schema_of(
    ("name", TEXT),
    ("version", TEXT),
    ("tables", INT),
    ("examples", TEXT),  # the first of these tables, by their names in results/
)
# Names that servers reported, of models and judges where they are others than the one asked for, or several.
REPORTED_NAMES = schema_of(
    ("kind", TEXT),  # models or judges
    ("name", TEXT),
    ("requested", TEXT),  # several stand in one text
    ("reported", TEXT),
    ("n", INT),
)
# When the tables were written, by the dates of their files: the first and the last, ISO 8601 in UTC.
DATES = schema_of(("first", TEXT), ("last", TEXT))
# The audits of all sets of preference pairs.
AUDITS = pa.schema([*schema_of(("name", TEXT)), *AUDIT])
