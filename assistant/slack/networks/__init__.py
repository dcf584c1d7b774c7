"""Peer networks in Slack: managed, shared with, asked, and what they verify and agree."""
