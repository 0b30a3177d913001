"""The queue: messages that say 'work on this batch', and the workers that do."""
