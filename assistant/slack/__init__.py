"""Slack: questions in, answers out. The only room that speaks to Slack."""
