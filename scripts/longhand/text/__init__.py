"""Pure functions of a text: counters, length rules, repetition, loops, language.

They read no file and ask nobody; what `near_duplicates` must remember waits in a temporary one.
"""
