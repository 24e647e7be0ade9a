"""The Arrow schemas of the tables in results/summary/ on judges that look into contexts, and their rewards."""

from __future__ import annotations

import pyarrow as pa

from longhand.tables.schemas import INT, REAL, TEXT, schema_of

_OF_JUDGE = (("dataset", TEXT), ("model", TEXT), ("judge", TEXT))
_STATES = pa.list_(pa.struct([("status", TEXT), ("n", INT)]))

# Grades by dimension and status, of all repeats; those with status ok are behind a mean.
GRADES = schema_of(*_OF_JUDGE, ("dimension", TEXT), ("status", TEXT), ("n", INT))
# Statements of answers by how far their contexts support them, of all repeats.
STATEMENTS = schema_of(
    *_OF_JUDGE,
    ("grade", REAL, True),  # 1 supported, 0.5 partly, 0 not; null: no grade, and `status` says why
    ("status", TEXT),
    ("n", INT),
)
# What a judge took out of the contexts of a dataset, once for all models.
FACTS_TAKEN = schema_of(
    ("dataset", TEXT),
    ("judge", TEXT),
    ("prompts", INT),
    ("chunks", INT),  # parts of their contexts
    ("empty", INT),  # of these, have nothing that bears on their prompt
    ("without", _STATES),  # chunks without a readable reply
)
# The contexts of the prompts that are shown, and how what a judge took out of them begins.
SHOWN_CONTEXTS = schema_of(
    ("dataset", TEXT),
    ("judge", TEXT),
    ("prompt_id", TEXT),
    ("characters", INT),  # of the context
    ("n_chunks", INT),
    ("chunks", pa.list_(pa.struct([
        ("start", INT), ("end", INT), ("status", TEXT), ("n_facts", INT), ("facts", pa.list_(TEXT))
    ]))),  # the first of them, with their first facts
)  # fmt: skip
# Each model's first answer to these prompts, as the first repeat graded it.
SHOWN_ANSWERS = schema_of(
    *_OF_JUDGE,
    ("prompt_id", TEXT),
    ("grades", pa.list_(pa.struct([("dimension", TEXT), ("score", REAL), ("status", TEXT)]))),
    ("reward", REAL, True),  # 0-10: the mean of the grades; null where one is missing
    ("n_statements", INT),
    ("statements", pa.list_(pa.struct([
        ("text", TEXT), ("grade", REAL), ("status", TEXT),
        ("passages", pa.list_(pa.struct([("start", INT), ("end", INT), ("text", TEXT)]))),
    ]))),  # the first of them, each with the nearest passages of the context
)  # fmt: skip
