"""The tables of training data: candidates, preference pairs, their audit, conversations for fine-tuning."""

from __future__ import annotations

import pyarrow as pa

from longhand.tables.schemas import INT, REAL, TEXT, schema_of

# One row per response; those with a reward may become chosen or rejected. Dimension columns follow, 0-100.
CANDIDATES = schema_of(
    ("prompt_id", TEXT),
    ("model", TEXT),
    ("sample", INT),
    ("status", TEXT),
    ("judge_status", TEXT, True),
    ("language", TEXT),
    ("category", TEXT, True),
    ("range", TEXT, True),
    ("required", INT, True),
    ("words", INT),
    ("score_l", REAL, True),
    ("score_q", REAL, True),
    ("reward", REAL, True),  # null where there is no text, or a score that has a weight is missing
    ("no_reward", TEXT, True),  # why: a key of longhand.preferences.candidates.NO_REWARD; null where there is a reward
    ("text_sha256", TEXT, True),  # equal for equal texts; null where there is none
    ("prompt_tokens", INT, True),
    ("completion_tokens", INT, True),
)
# One row per prompt: what became of it.
OUTCOMES = schema_of(
    ("prompt_id", TEXT),
    ("outcome", TEXT),  # a key of longhand.preferences.pairs.OUTCOME_MEANINGS
    ("responses", INT),
    ("candidates", INT),  # responses with a text
    ("scored", INT),  # candidates with a reward
    ("texts", INT),  # different texts of those
    ("pairs", INT),
    ("min_margin", REAL),  # that its pairs must have, in points of the reward; noise grows with `texts`
)
_MESSAGES = pa.list_(pa.struct([pa.field("role", TEXT), pa.field("content", TEXT)]))
# prompt, chosen and rejected in the conversational form that TRL reads.
PAIRS = schema_of(
    ("prompt", _MESSAGES),
    ("chosen", _MESSAGES),
    ("rejected", _MESSAGES),
    ("prompt_id", TEXT),
    ("chosen_model", TEXT),
    ("chosen_sample", INT),
    ("rejected_model", TEXT),
    ("rejected_sample", INT),
    ("chosen_reward", REAL),
    ("rejected_reward", REAL),
    ("margin", REAL),
    ("chosen_words", INT),
    ("rejected_words", INT),
    ("chosen_status", TEXT),
    ("rejected_status", TEXT),
    ("prompt_tokens", INT, True),  # as the models' servers counted them
    ("chosen_tokens", INT, True),
    ("rejected_tokens", INT, True),
    ("language", TEXT),
    ("range", TEXT, True),
    ("required", INT, True),
)
# One row per conversation. Those that are mixed in have no more than messages and source.
SFT = schema_of(
    ("messages", _MESSAGES),
    ("source", TEXT),  # the dataset of the prompts, or the name of the set of general conversations
    ("prompt_id", TEXT, True),
    ("sample", INT, True),
    ("language", TEXT, True),
    ("required", INT, True),
    ("words", INT, True),
    ("score_l", REAL, True),
    ("score_q", REAL, True),
)
# One row per figure of an audit.
AUDIT = schema_of(
    ("part", TEXT),
    ("slice", TEXT),  # all, a range, a language or a judge
    ("figure", TEXT),
    ("value", REAL, True),
    ("unit", TEXT),  # share (0 to 1) or points (of the reward, 0 to 100)
    ("n", INT),  # pairs, candidates or prompts behind it
)
