/** Sends requests to `http://HOST:PORT` over so many kept connections, each a next one when it has its answer; prints count and 99th percentile as JSON. */
import { connect } from "node:net";

const [url = "", connectionsText = "64", millisecondsText = "3000"] = process.argv.slice(2);
const { hostname, port } = new URL(url);
const request = `GET / HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`;
const endMs = performance.now() + Number(millisecondsText);
const took: number[] = [];
let failed = 0;

const lane = () =>
  new Promise<void>((done) => {
    const socket = connect({ host: hostname, port: Number(port || 80), noDelay: true });
    let sentMs = 0;
    let left = -1;
    let head = "";
    const send = () => {
      sentMs = performance.now();
      if (sentMs >= endMs) return void socket.destroy();
      left = -1;
      head = "";
      socket.write(request);
    };
    socket.on("connect", send);
    socket.on("data", (bytes) => {
      let length = bytes.length;
      if (left < 0) {
        head += bytes.toString("latin1");
        const end = head.indexOf("\r\n\r\n");
        if (end < 0) return;
        if (!head.startsWith("HTTP/1.1 200")) failed++;
        left = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
        length = head.length - end - 4;
      }
      left -= length;
      if (left > 0) return;
      took.push(performance.now() - sentMs);
      send();
    });
    socket.on("error", () => failed++);
    socket.on("close", () => done());
  });

await Promise.all(Array.from({ length: Number(connectionsText) }, lane));
took.sort((a, b) => a - b);
console.log(JSON.stringify({ requests: took.length, failed, p99Ms: took[Math.floor(took.length * 0.99)] ?? 0 }));
