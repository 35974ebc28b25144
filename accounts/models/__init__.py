from .account_deletion import AccountDeletion as AccountDeletion
from .attempt import Attempt as Attempt
from .ban import Banned as Banned
from .invitation import Invitation as Invitation
from .session import Session as Session
from .staff_act import StaffAct as StaffAct
from .token import Token as Token
from .user import User as User
