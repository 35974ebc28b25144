"""Forms of the account pages; REST and the staff site use some of them as well."""

from .fields import PASSWORD_MOST_CHARACTERS as PASSWORD_MOST_CHARACTERS
from .fields import ThrottledForm as ThrottledForm
from .fields import too_often as too_often
from .own_password import DeleteAccountForm as DeleteAccountForm
from .own_password import PasswordForm as PasswordForm
from .profile import NewPasswordForm as NewPasswordForm
from .profile import ProfileForm as ProfileForm
from .profile import TokenForm as TokenForm
from .sign_in import SignInForm as SignInForm
from .sign_up import SignUpForm as SignUpForm
from .usernames import BotForm as BotForm
from .usernames import UniqueUsernameForm as UniqueUsernameForm
