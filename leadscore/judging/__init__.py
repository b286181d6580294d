"""Judges scores by what became of the leads: `leadscore judge`."""
