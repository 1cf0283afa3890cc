"""Figures of matplotlib, one per file: each a `Figure` of its own, without the state that pyplot keeps."""
