"""What people say of answers, and where it leads."""
