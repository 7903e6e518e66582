/** The client's side of TLS on a connection to a server of this cloud. */
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { int32 } from "./protocol.ts";

const sslRequest = 80877103;

/** Asks for TLS on a connection that is open; the connection as it is where the server has none. `login` is the certificate of who logs in. */
export async function askForTls(plain: Socket, login?: { cert: string; key: string }): Promise<Socket> {
  plain.write(Buffer.concat([int32(8), int32(sslRequest)]));
  const [answer] = (await onceOrEnd(plain, "data")) as [Buffer];
  if (answer.toString("latin1") !== "S") return plain;
  // Its address is this machine's own, and the certificate of the cloud's authority: there is nobody between.
  const encrypted = connectTls({ socket: plain, rejectUnauthorized: false, ...login });
  encrypted.setNoDelay(true);
  encrypted.on("error", () => encrypted.destroy());
  await onceOrEnd(encrypted, "secureConnect");
  return encrypted;
}

/** An event of the socket, or an error where it closes before. */
function onceOrEnd(socket: Socket, event: string): Promise<unknown[]> {
  return new Promise((done, fail) => {
    const closed = () => fail(new Error("the server has ended the connection"));
    socket.once("close", closed);
    socket.once("error", fail);
    socket.once(event, (...values: unknown[]) => {
      socket.off("close", closed);
      socket.off("error", fail);
      done(values);
    });
  });
}
