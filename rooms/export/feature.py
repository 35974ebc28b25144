from rooms.feature import Feature

FEATURE = Feature()
