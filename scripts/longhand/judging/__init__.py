"""How judges are asked and their replies read: rubrics, verdicts. Asks only through the askers that it is given."""
