"""How Slack's Web API is called: paced, once, and with what went wrong in one word."""
