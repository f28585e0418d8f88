"""The world's log takes what wearsync says, and only that."""

import logging

from wearsync_simulators.world.log import WorldLog


def test_it_takes_what_wearsync_logs_and_lets_go():
    log = WorldLog()
    product, library = logging.getLogger("wearsync.daemon.x"), logging.getLogger("bleak.x")
    with log.taken():
        product.info("watch.folded watch=%s", "Ours")
        product.debug("not this")
        library.warning("nor this")
    product.info("nor what comes later")
    assert log.count == 1
    assert list(log.lines) == ["INFO wearsync.daemon.x watch.folded watch=Ours"]
    assert logging.getLogger("wearsync").propagate


def test_what_comes_with_a_traceback_is_a_defect():
    log = WorldLog()
    logger = logging.getLogger("wearsync.daemon.x")
    with log.taken():
        for _ in range(9):
            try:
                raise ZeroDivisionError("a slip")
            except ZeroDivisionError:
                logger.exception("watch.failed")
        logger.error("no traceback, no defect")
    assert len(log.defects) == 5
    assert "ZeroDivisionError: a slip" in log.defects[0]
    assert log.count == 10
