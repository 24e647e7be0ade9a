"""EvalScope's LongBench-Write module as its users know it: the tasks that it reads, the files that it writes."""
