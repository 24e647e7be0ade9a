"""Training data from scored responses: candidates, pairs, their audit, selections, exports. Computes; asks nobody."""
