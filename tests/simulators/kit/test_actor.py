"""The wearer of the kit's stories."""

from random import Random

from wearsync_simulators.kit.actor import Actor
from wearsync_simulators.watches.view import Face, Press, WatchView
from wearsync_simulators.wearer import Comparison


def test_answers_as_told() -> None:
    actor = Actor(Random(1))
    [deed] = actor.sees(WatchView(face=Face.CONFIRM))
    assert deed.what is Press.TAP
    actor.answer = Press.ANSWER_PAIN
    [deed] = actor.sees(WatchView(face=Face.QUESTION))
    assert deed.what is Press.ANSWER_PAIN
    actor.absent = True
    assert actor.sees(WatchView(face=Face.CONFIRM)) == []
    [deed] = actor.sees(WatchView(code=123456))
    assert deed.what == Comparison(same=True)
