/** The barest server in front of PGlite: no TLS, no password, one statement after another. Prints its port when ready. */
import { createServer, type AddressInfo, type Socket } from "node:net";
import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";

const database = await PGlite.create(process.argv[2]!, { extensions: { vector } });
await database.exec("create extension if not exists vector");
let turn = Promise.resolve();

const message = (type: string, ...body: Buffer[]) => {
  const content = Buffer.concat(body);
  const head = Buffer.alloc(5);
  head.write(type, 0, "latin1");
  head.writeInt32BE(content.length + 4, 1);
  return Buffer.concat([head, content]);
};
const welcome = Buffer.concat([
  message("R", Buffer.alloc(4)),
  message("S", Buffer.from("client_encoding\0UTF8\0")),
  message("Z", Buffer.from("I")),
]);

function serve(socket: Socket): void {
  let waiting = Buffer.alloc(0);
  let started = false;
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    waiting = Buffer.concat([waiting, chunk]);
    for (;;) {
      const head = started ? 1 : 0;
      if (waiting.length < head + 4) return;
      const length = head + waiting.readInt32BE(head);
      if (waiting.length < length) return;
      const whole = waiting.subarray(0, length);
      waiting = waiting.subarray(length);
      if (!started) {
        started = true;
        socket.write(welcome);
      } else if (whole[0] === "X".charCodeAt(0)) socket.end();
      else turn = turn.then(async () => void socket.write(await database.execProtocolRaw(whole)));
    }
  });
}

const server = createServer(serve).listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
process.on("SIGTERM", () => void database.close().then(() => process.exit(0)));
