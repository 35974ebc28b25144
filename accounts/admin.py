"""Loads the admin classes of `accounts.staff`: Django discovers them through this module."""

from accounts.staff import invitations as invitations
from accounts.staff import users as users
