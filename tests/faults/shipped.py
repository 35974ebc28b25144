"""The settings of the tests, with passwords that cost what they cost on a real site."""

from chatsite import settings as real
from tests.settings import *  # noqa: F403

PASSWORD_HASHERS = real.PASSWORD_HASHERS
