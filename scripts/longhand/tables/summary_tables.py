"""The tables in results/summary/, by name: what the report shows that is counted or averaged from raw tables."""

from __future__ import annotations

import pyarrow as pa

from longhand.tables import summary_tables_calls as calls
from longhand.tables import summary_tables_run as whole

SUMMARY: dict[str, pa.Schema] = {
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
