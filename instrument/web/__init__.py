"""The page, OSCQuery and the monitor: what is served over HTTP and WebSocket."""
