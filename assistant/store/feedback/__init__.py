"""What people say of answers, from the press to what came of it."""
