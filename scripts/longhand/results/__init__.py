"""From tables to tables: scores, leaderboard, comparisons, statistics. Computes; asks nobody."""
