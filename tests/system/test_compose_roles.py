"""An evening on docker-compose.yml: every role as it starts it, on a real Kafka and ClickHouse."""

import asyncio
import json
import shutil
import subprocess
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any

import aiohttp
import pytest
import yaml
from websockets.asyncio.client import connect
from websockets.typing import Origin
from wechatpy.crypto import WeChatCrypto

from tests.support.clickhouse import embedded_clickhouse
from tests.support.clickhouse_proxy import clickhouse_proxy
from tests.support.compose import COMPOSE, ROLES, absent, composed, read_env, write_env
from tests.support.compose_services import Service, composed_services
from tests.support.partner import signed
from tests.support.push import ask, said
from tests.support.system import COUNTY
from tests.support.wechat import DEMO_KEY, DOC_KEY
from tests.support.wechat_servers import WeChatServers

ROUND = "satisfaction-2026"
PARTNER_VOTERS = 40
ARCHIVED_WITHIN_S = 20.0
ENV = {
    "TRIBUNE_SECRETS_KEY": token_hex(32),
    "TRIBUNE_KAFKA_PASSWORD": token_hex(32),
    "TRIBUNE_CLICKHOUSE_PASSWORD": token_hex(32),
    "TRIBUNE_LISTEN_PUBLIC_HOST": "vote.qinglan.example",
    "TRIBUNE_WECHAT_COUNTY_TOKEN": token_hex(16),
    "TRIBUNE_WECHAT_COUNTY_APPID": "wx2c2769f8efd9abc2",
    "TRIBUNE_WECHAT_COUNTY_ENCODING_AES_KEY": DOC_KEY,
    "TRIBUNE_WECHAT_COUNTY_PREVIOUS_ENCODING_AES_KEY": DEMO_KEY,
    "TRIBUNE_WECHAT_COUNTY_AES_ONLY": "true",
    "TRIBUNE_WEBHOOK_APP_SECRET": "whsec_c3lzdGVtLXRlc3Qtc2VjcmV0LTAwMDE=",
}
SHOWN = {"TRIBUNE_LISTEN_PUBLIC_HOST", "TRIBUNE_WECHAT_COUNTY_AES_ONLY"}
Running = dict[str, Service]


def test_the_file_is_read_here_as_docker_compose_reads_it(tmp_path: Path) -> None:
    command = shutil.which("docker-compose")
    if command is None:
        absent("no docker-compose here (apt-get install docker-compose)")
    write_env(tmp_path / ".env", ENV)
    done = subprocess.run(
        [command, "--file", COMPOSE, "--env-file", tmp_path / ".env", "config"],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        timeout=60,
        check=True,
    )
    theirs = yaml.safe_load(done.stdout)["services"]
    for name, ours in composed(read_env(tmp_path / ".env")).items():
        assert theirs[name]["environment"] == ours["environment"]
        assert theirs[name].get("command") == ours.get("command")
        assert theirs[name]["healthcheck"]["test"] == ours["healthcheck"]["test"]


@pytest.mark.kafka
@pytest.mark.long("a Kafka of its own, and eight roles as in their containers")
async def test_an_evening_on_exactly_what_the_compose_file_gives_each_role(tmp_path: Path) -> None:
    async with started(tmp_path) as running:
        await at_the_console(running, "tribune", "load", "/dev/stdin", stdin=COUNTY.read_bytes())
        await at_the_console(running, "tribune", "round", "open", ROUND)
        await vote_at_every_door(running)
        row = await row_on_screen(running, "housing", PARTNER_VOTERS + 3)
        assert row["counts"]["very_satisfied"] == PARTNER_VOTERS
        assert row["counts"]["satisfied"] == 3
        assert row["status"] == "ranked"
        wanted = {"partner:app": PARTNER_VOTERS, "wechat:county": 2, "web": 1}
        await until_archived(running, wanted)
        await at_the_console(running, "tribune", "reconcile", ROUND)
        codes = await asyncio.gather(*(running[role].stop() for role in ROLES))
        assert dict(zip(ROLES, codes, strict=True)) == dict.fromkeys(ROLES, 0), logs(running)
        assert await running["kafka"].stop() is not None
        assert not [name for name in ENV.keys() - SHOWN if ENV[name] in logs(running)]


@asynccontextmanager
async def started(home: Path) -> AsyncGenerator[Running]:
    """Every service up and well, in the order that `depends_on` asks for."""
    if shutil.which("wget") is None:
        absent("no wget here, which asks ClickHouse for its health (apt-get install wget)")
    write_env(home / ".env", ENV)
    variables = read_env(home / ".env")
    server = composed(variables)["clickhouse"]["environment"]
    sign_in = (server["CLICKHOUSE_USER"], server["CLICKHOUSE_PASSWORD"])
    async with AsyncExitStack() as stack:
        clickhouse = stack.enter_context(embedded_clickhouse(home / "clickhouse"))
        port = await stack.enter_async_context(clickhouse_proxy(clickhouse.address, *sign_in))
        running = stack.enter_context(composed_services(home, variables, port))
        running["kafka"].start()
        await until_healthy(running, "kafka", "clickhouse")
        for role in ROLES:
            running[role].start()
        await until_healthy(running, *ROLES)
        yield running


async def until_healthy(running: Running, *names: str) -> None:
    async with asyncio.TaskGroup() as group:
        for name in names:
            group.create_task(running[name].until_healthy())


async def at_the_console(running: Running, *words: str, stdin: bytes = b"") -> None:
    """Do what `docker compose exec -T console` would."""
    done = await running["console"].run(*words, stdin=stdin)
    assert done.returncode == 0, f"{words}: {done.stdout.decode()}"


async def vote_at_every_door(running: Running) -> None:
    gateway = running["gateway"].url
    async with aiohttp.ClientSession() as http:
        await vote_as_partner(http, gateway)
        await vote_by_wechat(http, gateway)
        async with http.get(running["console"].url) as page:
            port = gateway.rpartition(":")[2]
            assert f"http://{ENV['TRIBUNE_LISTEN_PUBLIC_HOST']}:{port}" in await page.text()
        form = {"round": ROUND, "unit": "housing", "choice": "satisfied"}
        async with http.get(f"{gateway}/vote"), http.post(f"{gateway}/vote", data=form) as page:
            assert page.status == 200, await page.text()


async def vote_as_partner(http: aiohttp.ClientSession, gateway: str) -> None:
    ballot = {"round": ROUND, "unit": "housing", "choice": "very_satisfied"}
    ballots = [ballot | {"voter": f"reader-{number}"} for number in range(PARTNER_VOTERS)]
    body = json.dumps(ballots).encode()
    headers = signed(ENV["TRIBUNE_WEBHOOK_APP_SECRET"], "app", body, token_hex(8), time.time())
    async with http.post(f"{gateway}/votes", data=body, headers=headers) as answer:
        assert answer.status == 200, await answer.text()


async def vote_by_wechat(http: aiohttp.ClientSession, gateway: str) -> None:
    """Under the present key and the one before; in plain it is refused."""
    token, appid = ENV["TRIBUNE_WECHAT_COUNTY_TOKEN"], ENV["TRIBUNE_WECHAT_COUNTY_APPID"]
    for key in (DOC_KEY, DEMO_KEY):
        servers = WeChatServers(f"{gateway}/wechat/county", token, WeChatCrypto(token, key, appid))
        answer = await servers.text(http, f"citizen-{key[:4]}", "1 满意")
        assert (answer.text or "").startswith("已记票"), answer
    plain = WeChatServers(f"{gateway}/wechat/county", token)
    assert (await plain.text(http, "citizen-in-plain", "1 不满意")).status == 401


async def row_on_screen(running: Running, unit: str, ballots: int) -> dict[str, Any]:
    """What a screen in the hall shows of a unit once it has so many ballots."""
    name = ENV["TRIBUNE_LISTEN_PUBLIC_HOST"]
    port = int(running["push"].url.rpartition(":")[2])
    async with connect(
        f"ws://{name}:{port}/live",
        host="127.0.0.1",
        origin=Origin(f"http://{name}:8080"),
        proxy=None,
    ) as screen:
        await ask(screen, subscribe=[f"board:satisfaction:{ROUND}"])
        while True:
            board = (await said(screen, "snapshot", "update"))["data"] or {"rows": []}
            for row in board["rows"]:
                if row["unit"] == unit and row["ballots"] == ballots:
                    return row


async def until_archived(running: Running, wanted: dict[str, int]) -> None:
    """Ask ClickHouse, signed in as the archive is, until it has so many ballots of each source."""
    given = running["archive"].environment
    url, user = given["TRIBUNE_CLICKHOUSE_URL"], given["TRIBUNE_CLICKHOUSE_USER"]
    query = "SELECT source, count() FROM tribune.votes_current GROUP BY source FORMAT JSONCompact"
    stranger = {"X-ClickHouse-User": user, "X-ClickHouse-Key": "another"}
    signed_in = stranger | {"X-ClickHouse-Key": given["TRIBUNE_CLICKHOUSE_PASSWORD"]}
    async with aiohttp.ClientSession() as http, asyncio.timeout(ARCHIVED_WITHIN_S):
        async with http.post(url, data=query, headers=stranger) as answer:
            assert answer.status == 403
        found: dict[str, int] = {}
        while found != wanted:
            async with http.post(url, data=query, headers=signed_in) as answer:
                assert answer.status == 200, await answer.text()
                rows = (await answer.json(content_type=None))["data"]
            found = {source: int(count) for source, count in rows}


def logs(running: Running) -> str:
    return "\n".join(running[name].log for name in ("kafka", *ROLES))
