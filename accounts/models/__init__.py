from .session import Session as Session
from .user import User as User
