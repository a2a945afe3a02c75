"""The preflight list against roles that are really asked: a stage controller's, and push."""

from aiohttp import WSMsgType, web

from dashboards.preflight.ask import ask_screens, ask_stages
from dashboards.preflight.rules import StageDevice, StageTold
from streams.tokens import read
from tests.support.ports import free_port
from tests.support.secret import SECRET

SCREEN = {
    "broadcast": "day",
    "name": "left",
    "page": "stage",
    "view": "clock",
    "seq": 7,
    "lead_ms": -3,
    "doubt_ms": 2,
    "heard_at": 1_000,
}


class FakeRoles:
    """A stage controller that is not well, and a push that tells of its screens at second."""

    def __init__(self) -> None:
        self.port = free_port()
        self.roles: list[str] = []

    async def __aenter__(self) -> "FakeRoles":
        app = web.Application()
        app.add_routes([web.get("/healthz", self.stage), web.get("/live", self.live)])
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def stage(self, _: web.Request) -> web.Response:
        device = {"is_open": None, "wanted": None, "is_silent": True, "problem": "wrong password"}
        told = {"ok": False, "problems": ["no log"], "clock_ms": 12, "devices": {"hall": device}}
        return web.json_response(told, status=503)

    async def live(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "time", "now": 1})
        async for message in socket:
            assert message.type is WSMsgType.TEXT
            asked = message.json()
            if "token" in asked:
                self.roles.append(read(SECRET, asked["token"]).role)
                continue
            [channel] = asked["subscribe"]
            for data in (None, {"screens": [SCREEN]}):
                await socket.send_json(
                    {"type": "snapshot", "channel": channel, "seq": 1, "data": data}
                )
        return socket


async def test_a_stage_that_is_not_well_still_tells_of_its_devices() -> None:
    async with FakeRoles() as fakes:
        told = await ask_stages((fakes.url,))
    assert told == {fakes.url: StageTold({"hall": StageDevice(None, True, "wrong password")}, 12)}


async def test_who_does_not_answer_is_none() -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    assert await ask_stages((nobody,)) == {nobody: None}
    assert await ask_screens(nobody, SECRET, "day") is None


async def test_push_is_asked_as_an_operator_until_it_knows_its_screens() -> None:
    async with FakeRoles() as fakes:
        screens = await ask_screens(fakes.url, SECRET, "day")
    assert fakes.roles == ["operator"]
    assert screens is not None
    [screen] = screens
    assert (screen.name, screen.seq, screen.lead_ms, screen.heard_at) == ("left", 7, -3, 1_000)
