from rooms.feature import Feature

from .hub_part import WebhookPart
from .models import Delivery

FEATURE = Feature(hub_part=WebhookPart, cleanup=[Delivery.sweep])
