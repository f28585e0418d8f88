"""The log of all daemons of a world, as it would go to a file.

Rule: what libraries say is not taken; of the lines, the last ones are kept whole for the checkers.
"""

import logging
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["WorldLog"]

# Some weeks of lines: enough for whatever may not stand in them to be found.
LINES_KEPT = 100_000
# Who sees one defect mends it; what comes after it may be of its making.
DEFECTS_KEPT = 5
_LOGGER = "wearsync"


class WorldLog(logging.Handler):
    """Takes what `wearsync` logs at INFO and above. `count`: of lines; `lines`: the last ones; `defects`: the
    first that came with a traceback, which the product writes of nothing else.
    """

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.count = 0
        self.lines: deque[str] = deque(maxlen=LINES_KEPT)
        self.defects: list[str] = []
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """One line, or a traceback."""
        self.count += 1
        line = self.format(record)
        self.lines.append(line)
        if record.exc_info and len(self.defects) < DEFECTS_KEPT:
            self.defects.append(line)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """While this lasts the lines come here, and nowhere else."""
        logger = logging.getLogger(_LOGGER)
        level, propagate = logger.level, logger.propagate
        logger.setLevel(logging.INFO)
        logger.propagate = False
        logger.addHandler(self)
        try:
            yield
        finally:
            logger.removeHandler(self)
            logger.setLevel(level)
            logger.propagate = propagate
