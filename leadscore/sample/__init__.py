"""A made-up company's extracts, with planted truths, known dirt and a cast."""

from leadscore.sample.cast import CAST, CastMember
from leadscore.sample.write import SampleSummary, write_sample

__all__ = ["CAST", "CastMember", "SampleSummary", "write_sample"]
