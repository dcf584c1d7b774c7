"""What people write, read and put into the inbox before Slack is told that it came."""
