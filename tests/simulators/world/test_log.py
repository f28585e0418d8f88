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
