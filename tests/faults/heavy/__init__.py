"""An app whose one migration changes the table of messages, as a future release might."""
