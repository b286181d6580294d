"""A number with its interval of 95 %."""

from __future__ import annotations

import math
from dataclasses import dataclass

# Of fewer successes, and fewer expected ones, nothing is said: as the macro
# fewest_successes has it.
FEWEST_SUCCESSES = 5
TOO_FEW = "too few to say"

Z = 1.959964  # of a normal distribution: 95 % lie within so many deviations

MOST_SPREAD = 100  # of log odds: beyond, all is 0 or 1, or too large a number


@dataclass(frozen=True)
class Estimate:
    """A number with its interval of 95 %."""

    value: float
    low: float
    high: float


def of_share(value: float, error: float | None, deviations: float = Z) -> Estimate:
    """Return a share with its interval, taken on the scale of log odds.

    Args:
        value: The share, 0 to 1.
        error: Its standard error; None: not known.
        deviations: How many errors lie to either side.
    """
    if error is None or not 0 < value < 1:
        return Estimate(value, 0, 1)
    spread = min(deviations * error / (value * (1 - value)), MOST_SPREAD)
    odds = value / (1 - value)
    low, high = (odds * math.exp(sign * spread) for sign in (-1, 1))
    return Estimate(value, low / (1 + low), high / (1 + high))


def of_difference(
    value: float, error: float | None, people: int, *, most: float = 1
) -> Estimate:
    """Return a difference with its interval, by Student's t for few people.

    Args:
        value: The difference.
        error: Its standard error; None: not known.
        people: How many succeeded, or did not, whichever are fewer.
        most: How large it can be, either way: 1 if it is that of two shares.
    """
    # What is equal may differ in its last digits, as these come of sums in any order.
    value = round(value, 9) + 0.0  # and no -0
    if error is None or people < 2:
        return Estimate(value, -most, most)
    # Cornish and Fisher (1938): the quantile of t from that of the normal distribution.
    deviations = Z + (Z**3 + Z) / (4 * (people - 1))
    spread = deviations * round(error, 9)
    return Estimate(value, max(value - spread, -most), min(value + spread, most))


def of_rate(successes: int, leads: int) -> Estimate:
    """Return how often leads succeeded, with its interval (Wilson 1927).

    Args:
        successes: How many succeeded.
        leads: Of how many; each of them counts once.
    """
    if not leads:
        return Estimate(0, 0, 1)
    rate = successes / leads
    spread = Z * math.sqrt(rate * (1 - rate) / leads + Z**2 / (4 * leads**2))
    center, width = rate + Z**2 / (2 * leads), 1 + Z**2 / leads
    return Estimate(rate, (center - spread) / width, (center + spread) / width)


def of_rates_apart(rate: Estimate, other: Estimate) -> Estimate:
    """Return how much more a rate is than that of other leads.

    The interval is Newcombe's hybrid score (1998, "Interval estimation for the
    difference between independent proportions", method 10).

    Args:
        rate: The rate, with its interval by Wilson.
        other: That of the other leads.
    """
    value = rate.value - other.value
    below = math.hypot(rate.value - rate.low, other.high - other.value)
    above = math.hypot(rate.high - rate.value, other.value - other.low)
    return Estimate(value, value - below, value + above)
