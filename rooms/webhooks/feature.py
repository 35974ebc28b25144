from rooms.feature import Feature

from .api import router, way_in
from .hub_part import WebhookPart
from .models import Delivery

FEATURE = Feature(routers=[("rooms", router), ("hooks", way_in)], hub_part=WebhookPart, cleanup=[Delivery.sweep])
