"""The tests' settings with the password hashers of production."""

from chatsite import settings as production
from tests.settings import *  # noqa: F403

PASSWORD_HASHERS = production.PASSWORD_HASHERS
