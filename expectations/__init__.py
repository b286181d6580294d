"""What may enter and what may leave: one module a table, each a list called SUITE."""
