"""How one extract file becomes rows of a raw table, or is refused, or set aside."""
