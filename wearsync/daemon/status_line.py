"""The daemon in one line, for `systemctl status`.

Rule: what a person would look for first: the adapter, the watches, the broker.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from wearsync.daemon.link_view import LinkView
from wearsync.model import LinkState

# More names would make the line longer than a terminal.
NAMED_MAX = 3
# Links come and go in bursts; nobody reads faster.
SETTLED_S = 1.0

_WORDS: Mapping[LinkState, str] = {
    "no_adapter": "no Bluetooth adapter",
    "no_storage": "journal can't be written",
    "no_clock": "clock not set",
}


def status_line(links: Sequence[tuple[str, LinkView]], *, broker: bool, refused: str | None = None) -> str:
    """`links`: each watch's name and link; `broker`: whether it is connected; `refused`: what is wrong with a
    configuration that was read anew.
    """
    states = [(name, _WORDS.get(link.state, link.state)) for name, link in links]
    if not states:
        watches = "no watch: pair one with `wearsync pair`"
    elif len(states) <= NAMED_MAX:
        watches = ", ".join(f"{name} {state}" for name, state in states)
    else:
        counts = Counter(state for _, state in states)
        watches = f"{len(states)} watches: " + ", ".join(f"{n} {state}" for state, n in counts.items())
    line = f"{watches}; broker {'connected' if broker else 'away'}"
    return line if refused is None else f"{line}; the new configuration is not used: {refused}"


async def tell_status(news: asyncio.Event, line: Callable[[], str], tell: Callable[[str], None]) -> None:
    """Tell the line now, and after each of `news`, if it is another one. Runs for ever."""
    told = None
    while True:
        news.clear()
        now = line()
        if now != told:
            tell(now)
        told = now
        await asyncio.sleep(SETTLED_S)
        await news.wait()
