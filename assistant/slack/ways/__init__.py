"""The two ways in: sockets, and signed requests over HTTP."""
