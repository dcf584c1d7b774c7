"""Commissioning Assistant: answers commissioners' questions from their own guidance."""
