"""HTTP/1.1 as the gateway speaks it: a pure parser, and a thin shell on asyncio's protocols."""
