"""Calls in: reading what anybody may send, before anything of it is believed."""
