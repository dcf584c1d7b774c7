"""What networks know and do: who belongs to them, what they ask, share, verify and agree."""
