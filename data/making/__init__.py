"""Makes the shipped catalogue beside it; no part of the server, and in no wheel."""
