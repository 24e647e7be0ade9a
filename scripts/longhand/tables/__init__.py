"""Tables: their Arrow schemas, checked reads, atomic writes. Reads and writes Parquet files, and nothing else."""
