"""A lead-scoring warehouse: extracts in, published scores and grades out."""
