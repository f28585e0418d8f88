"""A byte string read as a script: what happens next, and with which bytes. It is never too short.

Rule: reading past the end gives zeros and nothing, so that every byte string is a script, and a longer one
only goes on where a shorter one ended.
"""


class Chunks:
    """`while chunks: match chunks.choice(4): …`"""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def choice(self, options: int) -> int:
        """A number below `options`."""
        return self.number() % options

    def number(self, size: int = 1) -> int:
        """An unsigned number of that many bytes."""
        return int.from_bytes(self.take(size), "little")

    def some(self) -> bytes:
        """A length in one byte, and as many bytes, if they are there."""
        return self.take(self.number())

    def take(self, size: int) -> bytes:
        """The next bytes, as many of them as there are."""
        self._at += size
        return self._data[self._at - size : self._at]
