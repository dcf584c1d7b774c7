"""An answer that was given alone, shared with its channel on purpose."""
