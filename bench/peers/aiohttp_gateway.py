"""The idiom: an aiohttp handler that checks a signed vote and awaits its own send to Kafka."""

import argparse
import base64
import hashlib
import hmac
import json
import logging
import time

from aiohttp import web
from aiokafka import AIOKafkaProducer

CHOICES = {"very_satisfied", "satisfied", "average", "not_satisfied", "not_applicable"}


def is_signed(secret: bytes, request: web.Request, body: bytes) -> bool:
    message_id = request.headers.get("webhook-id", "")
    timestamp = request.headers.get("webhook-timestamp", "")
    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > 300:
        return False
    signed = f"{message_id}.{timestamp}.".encode() + body
    expected = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    offered = request.headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(f"v1,{expected}", signature) for signature in offered)


def application(bootstrap: str, topic: str, secret: bytes) -> web.Application:
    app = web.Application(client_max_size=64 * 1024)
    producer = web.AppKey("producer", AIOKafkaProducer)

    async def vote(request: web.Request) -> web.Response:
        body = await request.read()
        if not is_signed(secret, request, body):
            return web.json_response({"error": "bad signature"}, status=401)
        ballot = json.loads(body)
        if ballot["choice"] not in CHOICES:
            return web.json_response({"error": "choice"}, status=400)
        voter = hmac.new(secret, ballot["voter"].encode(), hashlib.sha256).hexdigest()
        value = json.dumps(ballot | {"voter": voter, "at": time.time_ns() // 1_000_000}).encode()
        record = await app[producer].send_and_wait(topic, value, key=voter.encode())
        return web.json_response({"receipt": f"{record.partition}-{record.offset}"})

    async def lifespan(app: web.Application):
        app[producer] = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
        await app[producer].start()
        yield
        await app[producer].stop()

    app.router.add_post("/votes", vote)
    app.cleanup_ctx.append(lifespan)
    return app


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("bootstrap")
    parser.add_argument("topic")
    parser.add_argument("port", type=int)
    parser.add_argument("secret")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    secret = base64.b64decode(options.secret.removeprefix("whsec_"))
    web.run_app(
        application(options.bootstrap, options.topic, secret),
        host="127.0.0.1",
        port=options.port,
        access_log=None,
        print=None,
    )


if __name__ == "__main__":
    main()
