"""Password reset links."""

from django.db import connection
from django.test import Client

from accounts.passwords import password_reset_path
from tests.concurrently import at_once


def test_concurrent_uses_of_reset_link_set_one_password(people):
    luz = people.ana.user
    words = [f"another walk, to hill {number}" for number in range(4)]
    browsers = [Client() for _ in words]
    places = [browser.get(password_reset_path(luz), follow=True).redirect_chain[-1][0] for browser in browsers]

    def use(number):
        try:
            answers = {"new_password1": words[number], "new_password2": words[number]}
            return browsers[number].post(places[number], answers)
        finally:
            connection.close()

    answers = at_once(use, len(words))

    [winner] = [number for number, answer in enumerate(answers) if answer.status_code == 302]
    luz.refresh_from_db()
    assert luz.check_password(words[winner])
    late = [answer.content.decode() for answer in answers if answer.status_code == 200]
    assert len(late) == len(words) - 1
    assert all("holds no longer" in page for page in late)
