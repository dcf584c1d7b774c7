"""How an answer stands in Slack: found again, posted once, streamed, changed, taken away."""
