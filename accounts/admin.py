"""The module in which Django's admin looks for this app's pages: they are in `accounts.staff`."""

from accounts.staff import invitations as invitations
from accounts.staff import users as users
