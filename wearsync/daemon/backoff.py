"""How long to wait before the next try: pure.

Rule: 1 → 60 s, doubled after each failure, with full jitter in its upper half, so that many hosts do not come
back in step; at
once after a link that had worked (docs/hold-profile.md leaves that to the host; design of the link:
docs/architecture.md).
"""

# The first wait after a failure, and the longest: a person who comes back into range waits a minute at most.
FIRST_S = 1.0
LONGEST_S = 60.0


def delay_s(failures: int, chance: float) -> float:
    """Seconds to wait after so many failures in a row (0: none). `chance`: uniform in [0, 1)."""
    if failures <= 0:
        return 0.0
    full = min(LONGEST_S, FIRST_S * 2.0 ** min(failures - 1, 10))
    return full / 2 + full / 2 * chance
