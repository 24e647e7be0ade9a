"""Pure functions of a text: counters, length rules, repetition, loops, language. They read no file and ask nobody."""
