from .attempt import Attempt as Attempt
from .session import Session as Session
from .token import Token as Token
from .user import User as User
