"""The tables in results/summary/, by name: what the report shows that is counted or averaged from raw tables."""

from __future__ import annotations

import pyarrow as pa

from longhand.tables import summary_tables_calls as calls
from longhand.tables import summary_tables_criteria as criteria
from longhand.tables import summary_tables_datasets as datasets
from longhand.tables import summary_tables_rewards as rewards
from longhand.tables import summary_tables_run as whole

SUMMARY: dict[str, pa.Schema] = {
    "prompt_counts": datasets.PROMPT_COUNTS,
    "answers": datasets.ANSWERS,
    "answer_states": datasets.ANSWER_STATES,
    "answer_errors": datasets.ANSWER_ERRORS,
    "health": datasets.HEALTH,
    "reach": datasets.REACH,
    "length_points": datasets.LENGTH_POINTS,
    "length_counts": datasets.LENGTH_COUNTS,
    "length_rule_means": datasets.LENGTH_RULE_MEANS,
    "length_rule_words": datasets.LENGTH_RULE_WORDS,
    "metric_means": datasets.METRIC_MEANS,
    "criteria_read": criteria.CRITERIA_READ,
    "criterion_means": criteria.CRITERION_MEANS,
    "grades": rewards.GRADES,
    "statements": rewards.STATEMENTS,
    "facts_taken": rewards.FACTS_TAKEN,
    "shown_contexts": rewards.SHOWN_CONTEXTS,
    "shown_answers": rewards.SHOWN_ANSWERS,
    "calls": calls.CALLS,
    "call_reasons": calls.CALL_REASONS,
    "section_texts": calls.SECTION_TEXTS,
    "section_places": calls.SECTION_PLACES,
    "section_lengths": calls.SECTION_LENGTHS,
    "shown_prompts": calls.SHOWN_PROMPTS,
    "read_texts": calls.READ_TEXTS,
    "read_calls": calls.READ_CALLS,
    "samples": calls.SAMPLES,
    "sample_scores": calls.SAMPLE_SCORES,
    "filters": whole.FILTERS,
    "training_sets": whole.TRAINING_SETS,
    "mixed_sets": whole.MIXED_SETS,
    "lengthened": whole.LENGTHENED,
    "lengthened_rounds": whole.LENGTHENED_ROUNDS,
    "audits": whole.AUDITS,
    "costs": whole.COSTS,
    "paid": whole.PAID,
    "versions": whole.VERSIONS,
    "reported_names": whole.REPORTED_NAMES,
    "dates": whole.DATES,
}
