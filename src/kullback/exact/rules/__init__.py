"""The rules by which divergences of densities are found, one per file, and the order in which they are asked."""
