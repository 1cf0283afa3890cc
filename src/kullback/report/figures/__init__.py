"""Small pictures made by hand: one per file, each a text (SVG or block glyphs)."""
