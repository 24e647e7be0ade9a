"""The report: one page, without scripts and without the network, that shows what was run and how it scored."""
