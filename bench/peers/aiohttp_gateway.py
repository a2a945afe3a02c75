"""The idiom: an aiohttp handler that checks a signed vote and awaits its own send to Kafka."""

import argparse
import hashlib
import hmac
import json
import logging
import time

from aiohttp import web
from aiokafka import AIOKafkaProducer
from standardwebhooks import Webhook, WebhookVerificationError

CHOICES = {"very_satisfied", "satisfied", "average", "not_satisfied", "not_applicable"}


def application(bootstrap: str, topic: str, secret: str) -> web.Application:
    app = web.Application(client_max_size=64 * 1024)
    producer = web.AppKey("producer", AIOKafkaProducer)
    webhook = Webhook(secret)

    async def vote(request: web.Request) -> web.Response:
        try:
            ballot = webhook.verify(await request.read(), dict(request.headers))
        except WebhookVerificationError as error:
            return web.json_response({"error": str(error)}, status=401)
        if ballot["choice"] not in CHOICES:
            return web.json_response({"error": "choice"}, status=400)
        voter = hmac.new(secret.encode(), ballot["voter"].encode(), hashlib.sha256).hexdigest()
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
    web.run_app(
        application(options.bootstrap, options.topic, options.secret),
        host="127.0.0.1",
        port=options.port,
        access_log=None,
        print=None,
        backlog=4_096,
    )


if __name__ == "__main__":
    main()
