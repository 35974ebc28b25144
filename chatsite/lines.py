"""Who is served first when many are ready: whoever takes part in the talk, and of all others a few at a time.

An event loop answers all who are ready, one after another, before it looks again. A connection made, or a request,
takes milliseconds: where fifty are ready, everybody waits for the fifty. What was put off is still ready at the next
look, so nothing is lost by it, and those who were put off longest come first.
"""

from twisted.internet import tcp

from .measures import Level

STRANGERS_AT_ONCE = 2


class Lines:
    """The lines of strangers, by file descriptor. For the event loop's thread only."""

    def __init__(self):
        self._turns = {}  # file descriptor: the round of its last turn, or that in which it came
        self._round = 0

    def add(self, number):
        """A line of which nobody knows yet whose it is."""
        self._turns[number] = self._round

    def remove(self, number):
        """It is not a stranger's any more, or it has ended."""
        self._turns.pop(number, None)

    def __len__(self):
        return len(self._turns)

    def choose(self, ready):
        """Those of `ready`, a selector's `[(key, events)]`, whose turn it is now."""
        strangers = [key.fd for key, _events in ready if key.fd in self._turns]
        if len(strangers) <= STRANGERS_AT_ONCE:
            return ready
        strangers.sort(key=self._turns.__getitem__)
        self._round += 1
        self._turns.update(dict.fromkeys(strangers[:STRANGERS_AT_ONCE], self._round))
        put_off = set(strangers[STRANGERS_AT_ONCE:])
        return [one for one in ready if one[0].fd not in put_off]

    def rule(self, loop):
        """From now on the loop serves in this order."""
        select = loop._selector.select
        loop._selector.select = lambda timeout=None: self.choose(select(timeout))


lines = Lines()
Level("strangers", "Open connections of which nobody knows whose they are, or that ask for pages.", lambda: len(lines))


class Line(tcp.Server):
    """A TCP connection that somebody has made, a stranger's at first."""

    def __init__(self, *about):
        super().__init__(*about)
        self.number = self.fileno()
        lines.add(self.number)

    def connectionLost(self, reason):
        lines.remove(self.number)  # before it is closed, and the number another's
        super().connectionLost(reason)

    def is_known(self):
        lines.remove(self.number)
