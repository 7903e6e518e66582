/** Sends so many requests to `http://HOST:PORT` over kept connections, and prints how often each text was answered, as JSON. */
import { connect } from "node:net";

const [url = "", countText = "10000", connectionsText = "32"] = process.argv.slice(2);
const { hostname, port } = new URL(url);
const request = `GET / HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`;
let left = Number(countText);
const answers: Record<string, number> = {};

const lane = () =>
  new Promise<void>((done, fail) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    let text = "";
    const send = () => {
      if (left-- <= 0) return void socket.destroy();
      text = "";
      socket.write(request);
    };
    socket.on("connect", send);
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      const end = text.indexOf("\r\n\r\n");
      if (end < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
      if (text.length < end + 4 + length) return;
      const body = text.slice(end + 4, end + 4 + length);
      answers[body] = (answers[body] ?? 0) + 1;
      send();
    });
    socket.on("error", fail);
    socket.on("close", () => done());
  });

await Promise.all(Array.from({ length: Number(connectionsText) }, lane));
console.log(JSON.stringify(answers));
