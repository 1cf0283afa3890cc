"""How one probability distribution differs from another."""
