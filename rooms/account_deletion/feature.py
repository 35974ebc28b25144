from rooms.feature import Feature

from .anonymise import finish_account_deletions

FEATURE = Feature(cleanup=[finish_account_deletions])
