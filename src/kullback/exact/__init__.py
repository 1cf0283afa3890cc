"""How an exact answer is reached."""
