"""The errors that are shown to people without a traceback, and how they count."""


class LeadscoreError(Exception):
    """Something a user can mend; the message says what is wrong and what to do."""


class NotYetError(LeadscoreError):
    """What mends itself if one waits: a delivery to come, a file in use."""


class TooEarlyError(LeadscoreError):
    """A world is too young for what is asked of it."""


def unexpected(error: BaseException | None) -> str:
    """Return what is said of an error that we have no words for; a log must have it."""
    return (
        f"This should not have happened ({type(error).__name__}), and is a mistake of "
        f"leadscore or of what it runs on, not one of yours. Nothing half-done is "
        f"published. Please report it with the end of the log:"
    )


def counted(number: int, noun: str) -> str:
    """Return a number of things: 1 error, 2 errors."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
