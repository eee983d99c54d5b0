"""The outbox, and the settings of messages: topics, words, channels, quiet hours."""
