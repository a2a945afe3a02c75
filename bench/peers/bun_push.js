// Bun's own WebSocket server (uWebSockets inside), as its manual has it: `subscribe` and `publish`.
// bun bun_push.js PORT; a board comes as a line on standard input.

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.argv[2]),
  fetch: (request, server) =>
    server.upgrade(request) ? undefined : new Response("viewers only", { status: 400 }),
  websocket: {
    perMessageDeflate: false, // the bench's viewers ask for none, of any server
    message(socket, text) {
      const [channel] = JSON.parse(text).subscribe;
      socket.subscribe(channel);
      socket.send(JSON.stringify({ type: "snapshot", channel, seq: 0, data: null }));
    },
  },
});

for await (const line of console) {
  const board = JSON.parse(line);
  const channel = `board:${board.board}`;
  const update = `{"type":"update","channel":"${channel}","seq":${board.seq},"data":${line}}`;
  server.publish(channel, update);
}
