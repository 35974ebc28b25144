from rooms.feature import Feature

from .models import Process, Socket
from .temporary_rooms import delete_expired_rooms

FEATURE = Feature(cleanup=[Socket.delete_expired, Process.delete_expired, delete_expired_rooms])
