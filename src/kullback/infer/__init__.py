"""Inference: the verb `kb.estimate`, which chooses a method, runs it, gives an interval and says how far to trust it."""
