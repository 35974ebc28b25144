"""Effects of a deleted account on rooms: the user leaves all of them, and their messages become anonymous."""
