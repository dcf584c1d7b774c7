"""What the command line prints, as text to read and as plain data, and what it reads."""
