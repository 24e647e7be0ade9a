"""The config: its schema, registries and entries, checked. Reads the files that settings name; writes none."""
