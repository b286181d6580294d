"""The rules: checked before they run, tried on leads, and compared."""

from leadscore.rules.check import check, check_settings, require_valid
from leadscore.rules.row import Finding
from leadscore.rules.vocabulary import Vocabulary, load_vocabulary

__all__ = [
    "Finding",
    "Vocabulary",
    "check",
    "check_settings",
    "load_vocabulary",
    "require_valid",
]
