"""Summary: what the report shows that is counted or averaged from raw tables. Reads tables, shows nothing."""
