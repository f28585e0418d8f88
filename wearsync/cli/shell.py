"""The shell's question and our answer: what it is to offer at the prompt.

Rule: never a word on the prompt that can't be typed. The scripts and their parsing are typer's; here is only
what bash does to words, and typer does not know.
"""

import io
import sys
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass

from wearsync.cli.completion import ASKED

_QUOTES = ('"', "'")
# What bash would not take as it is.
_SPECIAL = frozenset(" \"'\\$`&|;<>()*?[]#~!{}")


def offer(run: Callable[[], int], environ: MutableMapping[str, str]) -> int:
    """Answer the shell: `run` the program for it, and write what comes as that shell wants it."""
    line = _BashLine.of(environ) if environ.get(ASKED) == "complete_bash" else None
    if line is not None:
        environ.update(line.whole())
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(io.StringIO()):
        code = run()
    answers = out.getvalue()
    if line is not None:
        answers = "".join(f"{line.fitted(answer)}\n" for answer in answers.splitlines() if answer)
    sys.stdout.write(answers)
    sys.stdout.flush()
    return code


@dataclass(frozen=True, slots=True)
class _BashLine:
    """The words as bash has split them, at colons and equals signs too; `at`: the one that is typed."""

    words: Sequence[str]
    at: int

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "_BashLine":
        """As the script gives them: a line each."""
        words = environ.get("COMP_WORDS", "").split("\n")
        try:
            at = int(environ.get("COMP_CWORD", ""))
        except ValueError:
            at = len(words) - 1
        return cls(words, min(max(at, 0), len(words) - 1))

    def whole(self) -> Mapping[str, str]:
        """The same variables, with words as the program gets them."""
        joined: list[str] = []
        for number, word in enumerate(self.words[: self.at + 1]):
            option = bool(joined) and joined[-1].startswith("-")
            if word == "=" and option:
                # `--watch=W` is as good as two words.
                joined.append("")
            elif number and (self._glued(number) or (joined[-1] == "" and self.words[number - 1] == "=")):
                joined[-1] += word
            else:
                joined.append(word)
        return {"COMP_WORDS": "\n".join(joined), "COMP_CWORD": str(len(joined) - 1)}

    def fitted(self, answer: str) -> str:
        """What bash is to put in place of its last word; quoted, unless the person has begun to."""
        if not self.words[self.at].startswith(_QUOTES):
            answer = "".join(f"\\{each}" if each in _SPECIAL else each for each in answer)
        return answer[len(self._before()) :]

    def _glued(self, number: int) -> bool:
        return ":" in (self.words[number], self.words[number - 1]) and self.words[number - 1] != "="

    def _before(self) -> str:
        """Of the same word, what bash has taken for words of their own."""
        first = self.at
        while first > 1 and self._glued(first):
            first -= 1
        before = "".join(self.words[first : self.at])
        return f"{before}:" if self.words[self.at] == ":" else before
