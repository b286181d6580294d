"""The errors that are shown to people without a traceback."""


class LeadscoreError(Exception):
    """Something a user can mend; the message says what is wrong and what to do."""


class NotYetError(LeadscoreError):
    """What mends itself if one waits: a delivery to come, a file in use."""
