"""An app with one migration, which changes the messages as a release to come might."""
