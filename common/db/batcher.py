"""Calls of the database made together: a crowd that comes at once costs it hardly more than one who comes alone."""

import asyncio

from django.db import DatabaseError, InterfaceError, InternalError, OperationalError

from .threads import Overdue, in_database

GATHERED = 200


class Batcher:
    """Asks at once when idle; what is asked while a call runs goes into the next one. So it needs no timer.

    `answer_all(questions)`, on a database thread, returns the answers in order.
    """

    def __init__(self, answer_all):
        self._answer_all = answer_all
        self._waiting = []
        self._asking = None

    async def ask(self, question):
        """The answer to one question; raises what `answer_all` raises, or what it put in place of the answer."""
        answer = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if self._asking is None:
            self._asking = asyncio.ensure_future(self._ask_all())
        return await answer

    async def _ask_all(self):
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:GATHERED], self._waiting[GATHERED:]
                answers = await self._answers([question for question, _answer in batch])
                for (_question, answer), found in zip(batch, answers, strict=True):
                    give(answer, found)
        finally:
            self._asking = None

    async def _answers(self, questions):
        try:
            return await in_database(self._answer_all, questions)
        except Overdue as error:
            self._give_up(error)
            return [error] * len(questions)
        except (OperationalError, InterfaceError, InternalError) as error:
            return [error] * len(questions)
        except DatabaseError as error:
            # One bad question harms nobody else.
            return [error] if len(questions) == 1 else [(await self._answers([one]))[0] for one in questions]
        except Exception as error:
            return [error] * len(questions)

    def _give_up(self, error):
        """Whoever waits behind a database that says nothing would wait a time limit for each batch before theirs."""
        waiting, self._waiting = self._waiting, []
        for _question, answer in waiting:
            give(answer, error)


def give(answer, found):
    """Fulfil a future, unless whoever waited for it has gone."""
    if answer.done():
        return
    if isinstance(found, Exception):
        answer.set_exception(found)
    else:
        answer.set_result(found)
