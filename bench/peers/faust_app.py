"""What the peers that are Faust apps share: their settings, and their run."""

import asyncio
from typing import Any

import faust


def peer_app(name: str, bootstrap: str, offset_reset: str = "earliest", **more: Any) -> faust.App:
    """An app that declares no topics and serves no web pages."""
    return faust.App(
        name,
        broker=f"kafka://{bootstrap}",
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        stream_wait_empty=False,
        consumer_auto_offset_reset=offset_reset,
        broker_session_timeout=6.0,
        broker_rebalance_timeout=3.0,
        broker_heartbeat_interval=1.0,
        broker_request_timeout=10.0,
        **more,
    )


def raw_topic(app: faust.App, name: str):
    """A topic whose messages are bytes."""
    return app.topic(name, value_type=bytes, value_serializer="raw")


def run(app: faust.App) -> None:
    """Run an app's worker until it is ended."""
    loop = asyncio.new_event_loop()
    worker = faust.Worker(app, loop=loop, loglevel="ERROR", redirect_stdouts=False, quiet=True)
    worker.spinner = None
    worker.execute_from_commandline()
