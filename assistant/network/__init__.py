"""Peer networks: who belongs to one, who is asked, what is verified and offered again."""
