"""Listeners get what is told while they listen; who is behind loses the oldest; nobody is waited for."""

from wearsync.daemon.broadcast import BEHIND_MAX, Broadcast


def test_every_listener_gets_what_is_told_while_it_listens() -> None:
    news: Broadcast[int] = Broadcast()
    news.tell(0)
    with news.listen() as first:
        news.tell(1)
        with news.listen() as second:
            news.tell(2)
        news.tell(3)
    news.tell(4)
    assert [first.get_nowait() for _ in range(first.qsize())] == [1, 2, 3]
    assert [second.get_nowait() for _ in range(second.qsize())] == [2]


def test_who_is_behind_loses_the_oldest() -> None:
    news: Broadcast[int] = Broadcast()
    with news.listen() as slow:
        for number in range(BEHIND_MAX + 3):
            news.tell(number)
        assert slow.qsize() == BEHIND_MAX
        assert slow.get_nowait() == 3
