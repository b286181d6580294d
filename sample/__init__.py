"""A made-up company's extracts, with planted truths, known dirt and a cast."""

from sample.cast import CAST, CastMember
from sample.write import (
    SampleSummary,
    foreign_extracts,
    read_summary,
    write_sample,
)

__all__ = [
    "CAST",
    "CastMember",
    "SampleSummary",
    "foreign_extracts",
    "read_summary",
    "write_sample",
]
