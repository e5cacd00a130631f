"""Open Sound Control: datagrams, patterns of addresses, who is subscribed, and the socket."""
