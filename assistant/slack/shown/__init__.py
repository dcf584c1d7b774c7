"""What people are shown, as pure functions, and the sentences in it."""
