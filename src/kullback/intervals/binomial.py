"""The interval for one share: Clopper and Pearson's, exact for independent rows."""

from __future__ import annotations

from kullback.special import beta_quantile


def interval(count: float, rows: float, *, level: float = 0.95) -> tuple[float, float]:
    """Return the interval of the probability of which ``count`` in ``rows`` independent rows were seen.

    [B(α/2; x, n − x + 1), B(1 − α/2; x + 1, n − x)] with B the beta quantile and α = 1 − level (Clopper and Pearson,
    1934); it covers at least ``level`` whatever the probability. For weighted rows and blocks give the effective rows
    and share × effective rows: the beta law takes real numbers (Korn and Graubard, 1998).

    Arguments
    ---------
    count : real, from 0 to ``rows``.
    rows : real, > 0.

    Raises
    ------
    ValueError : if ``count`` is not between 0 and ``rows``.

    >>> [round(end, 4) for end in interval(0, 100)]
    [0.0, 0.0362]
    """
    if not 0.0 <= count <= rows or not rows > 0.0:
        raise ValueError(f"count is {count} and rows {rows}; 0 ≤ count ≤ rows and rows > 0 are needed")
    tail = 0.5 * (1.0 - level)
    low = 0.0 if count <= 0.0 else beta_quantile(tail, count, rows - count + 1.0)
    # The upper end is the lower end of the other outcome, which keeps small shares of it accurate.
    high = 1.0 if count >= rows else 1.0 - beta_quantile(tail, rows - count, count + 1.0)
    return low, high
