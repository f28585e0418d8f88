"""The wearer of the kit's stories: diligent, until the story says otherwise."""

from collections.abc import Sequence
from random import Random

from wearsync_simulators.watches.view import Face, Press, WatchView
from wearsync_simulators.wearer import Comparison, Deed, Diligent

__all__ = ["Actor"]

# Who was told what to answer does not think it over.
ANSWER_S = 1.0


class Actor:
    """Answers as told. `absent`: answers nothing but a comparison of codes; `answer`: to the question after a
    hold that was stopped.
    """

    def __init__(self, random: Random) -> None:
        self.absent = False
        self.answer = Press.ANSWER_DONE
        self._diligent = Diligent(random)

    def sees(self, view: WatchView) -> Sequence[Deed]:
        """See `Wearer`."""
        if view.code is not None:
            return [Deed(ANSWER_S, Comparison(same=True))]
        if self.absent:
            return []
        if view.face is Face.QUESTION:
            return [Deed(ANSWER_S, self.answer)]
        return self._diligent.sees(view)
