"""The Arrow schemas of the tables with scores. Counters and length rules have columns by entries of text/length."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from longhand.tables.schemas import FLAG, INT, REAL, TEXT, schema_of
from longhand.text.length import COUNTERS, LENGTH_RULES

_COUNTED = [(counter.column, INT) for counter in COUNTERS]
_BY_RULE = [(rule.column, REAL, True) for rule in LENGTH_RULES.values()]

LENGTHS = schema_of(
    ("prompt_id", TEXT),
    ("sample", INT),
    ("language", TEXT, True),  # of the response
    ("words", INT),  # by the counter of the dataset's own length rule
    *_COUNTED,
    ("score_l", REAL, True),  # null where no length is required, or the response failed
    *_BY_RULE,  # every length rule; null where it does not apply
    # Text health; null where there is no text.
    ("repeated_13gram_share", REAL, True),
    ("loop_onset", INT, True),  # LonGen words before the loop; null without one
    ("closed", FLAG, True),
    ("other_language", FLAG, True),  # than the prompt's
)
# One row per (prompt_id, sample, judge); the dimensions of the judges follow as further columns.
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
    *_COUNTED,
    ("score_l", REAL, True),
    ("score_q", REAL, True),
    ("score", REAL, True),
    *_BY_RULE,
    ("repeated_13gram_share", REAL, True),
    ("loop_onset", INT, True),
    ("closed", FLAG, True),
    ("other_language", FLAG, True),
    ("prompt_tokens", INT, True),
    ("completion_tokens", INT, True),
    ("seconds", REAL, True),
    ("judge_prompt_tokens", INT, True),
    ("judge_completion_tokens", INT, True),
    ("judge_batch_prompt_tokens", INT, True),  # of these tokens, those that came in batches; null: none
    ("judge_batch_completion_tokens", INT, True),
)
# Further measures of responses, one row each.
METRICS = schema_of(
    ("prompt_id", TEXT),
    ("sample", INT),
    ("judge", TEXT, True),  # null where the metric is of no judge
    ("metric", TEXT),  # f1, rouge-l, published, and `published C` for a view C of criteria
    ("value", REAL, True),  # null where there is none
    ("weight", REAL, True),  # how much it counts in means; null: 1. Of a view: its number of criteria
    ("lowest", REAL, True),  # value of the metric; null: 0
    ("highest", REAL, True),  # likewise; null: 100
)
# A dataset of a total: its mean is over prompts, samples of a prompt averaged first.
TOTAL_PART = pa.struct(
    [pa.field("dataset", TEXT, nullable=False), pa.field("n_prompts", INT, nullable=False), ("mean", REAL)]
)
# One row per total that a benchmark publishes, judge and model.
TOTALS = schema_of(
    ("total", TEXT),
    ("judge", TEXT),
    ("model", TEXT),
    ("mean", REAL, True),  # of the means of its datasets; null where one of them has none
    ("low", REAL, True),  # 95% interval; null where one of them has none
    ("high", REAL, True),
    ("doubt", TEXT, True),  # why a mean has no interval, of the first dataset that has none: as of the leaderboard's
    ("parts", pa.list_(TOTAL_PART)),  # in the order of the config
)


def _estimated(metric: str) -> list[tuple[str, pa.DataType] | tuple[str, pa.DataType, bool]]:
    """The columns of a mean over prompts."""
    return [
        (metric, REAL, True),
        (f"{metric}_low", REAL, True),  # 95% interval by Student's t over prompts; null where none can be trusted
        (f"{metric}_high", REAL, True),
        (f"{metric}_doubt", TEXT, True),  # why not: few_prompts (under 8), all_equal, few_zeros (make the mean)
        # Whether it cannot be told apart from the best of its dataset, judge and slice; null under 8 prompts and where
        # there is no other.
        (f"{metric}_leads", FLAG, True),
        (f"n_prompts_{metric}", INT),  # behind the mean; behind score, those of its half with fewer
        (f"n_zeros_{metric}", INT),  # prompts of these whose mean is 0; of score, with a 0 in either half
    ]


# One row per (dataset, model, judge, slice); dimension columns follow, 0-100.
LEADERBOARD = schema_of(
    ("dataset", TEXT),
    ("model", TEXT),
    ("judge", TEXT, True),
    ("panel", TEXT, True),  # the judges whose mean it is, where `judge` names a panel
    ("slice_kind", TEXT),  # all, range, language, category, constraint
    ("slice", TEXT),
    # The judge for such texts: certified, not_certified, not_tested, or by_people, whose labels need no certificate
    # (longhand.results.certified); null where nothing is certified in the run, or nothing is judged.
    ("certified", TEXT, True),
    ("missing", TEXT, True),  # how unread verdicts count: exclude, neutral or drop; null where nothing is judged
    ("n", INT),  # responses
    ("n_answered", INT),
    ("n_judged", INT),
    ("n_no_statements", INT),  # rows that the judge has read and that have no S_Q, since they state nothing
    ("n_scored", INT),  # rows behind score: those with a score_l or a score_q
    ("n_scored_l", INT),  # rows behind score_l
    ("n_scored_q", INT),  # rows behind score_q
    ("n_without_length", INT),  # rows that have no score_l since their prompts require no length
    ("n_without_rule", INT),  # and those whose required length has no score by the dataset's length rule: a range
    *_estimated("score"),
    *_estimated("score_l"),
    *_estimated("score_q"),
    # Verdicts that could not be read, and responses that never came: not empty or refused ones, nor no_statements.
    ("n_unread", INT),
    # The means if each of these verdicts were 0, and if it were 100, averaged by prompt as always. With `exclude` and
    # `drop` these rows are in the mean then (with `drop` with their score_l, too), with `neutral` they lose their 50.
    # A response that never came has no score_l in any case. Equal to the means where nothing is unread.
    ("score_q_worst", REAL, True),
    ("score_q_best", REAL, True),
    ("score_worst", REAL, True),
    ("score_best", REAL, True),
    # S_Q that an old judge would give, where this one takes its place (`succession`); of slice all.
    # The interval has the error of the line and the sampling of the model's prompts.
    ("bridged", REAL, True),
    ("bridged_low", REAL, True),
    ("bridged_high", REAL, True),
    ("bridged_to", TEXT, True),  # the old judge
    # exploratory: under 5 anchors. With another, or several by commas, there is no bridged score: few_prompts,
    # few_systems, systems_alike, all_equal, few_zeros, or outside of the anchors: language, category, length, mean.
    ("bridged_doubt", TEXT, True),
    ("words_mean", REAL, True),
    ("words_median", REAL, True),
    ("words_max", INT, True),
    *_BY_RULE,  # every length rule, over the rows that it applies to
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
    # Of the judge's calls that all models share: the same for each model, so not to be added over models.
    ("judge_shared_prompt_tokens", INT, True),
    ("judge_shared_completion_tokens", INT, True),
    ("judge_shared_cost", REAL, True),
)
# One row per way of judging (a judge, and which of its repeats), and repeat of the reference that it is held against.
# The reference is the first judge of the dataset that judges by the same method.
JUDGE_MODES = schema_of(
    ("dataset", TEXT),
    ("reference", TEXT),
    ("judge", TEXT),
    ("repeat", INT),
    ("against", INT),
    ("n_prompts", INT),
    ("n_answers", INT),
    ("n_scored", INT),  # with an S_Q
    ("n_compared", INT),  # with an S_Q by the reference, too
    ("calls", INT),  # that the mode takes by itself, those of its embedder among them
    ("calls_shared", INT),  # of these, calls of the rows before: asked once
    ("prompt_tokens", INT),
    ("prompt_tokens_shared", INT),
    ("completion_tokens", INT),
    ("completion_tokens_shared", INT),
    ("cost", REAL, True),  # USD; null without a price
    ("cost_shared", REAL, True),
    *[
        (f"{name}{ending}", INT if ending == "_n" else REAL, ending != "_n")  # _n: prompts behind it
        for name in ("rank_within", "rank_all", "shift", "pairs_changed", "pairs_turned")
        for ending in ("", "_low", "_high", "_n")
    ],
)


def with_dimensions(schema: pa.Schema, dimensions: Iterable[str]) -> pa.Schema:
    """`schema` with one nullable 0-100 column per rubric dimension."""
    for name in dimensions:
        schema = schema.append(pa.field(name, REAL))
    return schema
