"""The one kind of error that is shown to people without a traceback."""


class LeadscoreError(Exception):
    """Something a user can mend; the message says what is wrong and what to do."""
