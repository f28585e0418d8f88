"""What marks a test as an attack, and says of it what docs/security.md does (tests/tidy/attack_table.py).

    @attack("a session of yesterday is played again, whole", then="refused: its nonces are old", ways=("…",))
    async def test_…(stage: Stage, way: str) -> None:

Rule: the strings stand in the source as they are, for the table is made from it. A test with `ways` runs once
for each, as its argument `way`. Each runs on a clock that jumps, but for those on the page.
"""

from collections.abc import Callable, Coroutine

import pytest

from tests.simulators.watches.virtual_time import in_virtual_time

Test = Callable[..., Coroutine[object, object, None]]


def attack(
    does: str, *, then: str, ways: tuple[str, ...] = (), by_sockets: bool = False
) -> Callable[[Test], Callable[..., object]]:
    """`does`: what the attacker does; `then`: what must happen. `by_sockets`: on the wall's clock, for
    sockets know no other.
    """
    assert does
    assert then

    def marked(test: Test) -> Callable[..., object]:
        run: Callable[..., object] = test if by_sockets else in_virtual_time(test)
        return pytest.mark.parametrize("way", ways)(run) if ways else run

    return marked
