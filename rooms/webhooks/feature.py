from rooms.feature import Feature

from .api import ROUTERS
from .hub_part import WebhookPart
from .models import Delivery

FEATURE = Feature(routers=ROUTERS, hub_part=WebhookPart, cleanup=[Delivery.delete_expired])
