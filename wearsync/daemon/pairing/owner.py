"""Whose watch it is: the person at the terminal, told what happens and asked what there is to ask; or nobody.

Rule: who is not there says nothing, and nothing is assumed of them. What only the radio asks (a code) is
`ports.PairingAgent`'s.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


async def nobody(_text: str) -> bool:
    """Nobody is there to say yes."""
    return False


async def _no_opinion(_text: str, _default: bool) -> bool | None:
    return None


async def _no_choice(_text: str, _options: tuple[str, ...]) -> int | None:
    return None


async def _no_words(_text: str, _default: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Owner:
    """`go_ahead(question)`: may it be done? (`--yes` says yes.) `asked(question, default)`: what only people
    can say; `choose(question, options)`: which of them, from 0; `named(question, default)`: in words; each
    None when nobody is there. `say(text)`: what happens; `progress(percent)`: how far it is; `paired(name)`:
    from now on the watch is theirs, under that name, whatever comes.
    """

    go_ahead: Callable[[str], Awaitable[bool]] = nobody
    say: Callable[[str], None] = lambda _text: None
    progress: Callable[[int], None] = lambda _percent: None
    asked: Callable[[str, bool], Awaitable[bool | None]] = _no_opinion
    choose: Callable[[str, tuple[str, ...]], Awaitable[int | None]] = _no_choice
    named: Callable[[str, str], Awaitable[str | None]] = _no_words
    paired: Callable[[str], None] = lambda _name: None


NOBODY = Owner()
