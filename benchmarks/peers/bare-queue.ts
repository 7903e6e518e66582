/** A queue as plain as can be: node:http, and one row of SQLite written for each call, on disk before the answer (synchronous=FULL). */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { DatabaseSync } from "node:sqlite";

const database = new DatabaseSync(process.argv[2]!);
database.exec(`pragma journal_mode = wal; pragma synchronous = full;
  create table message (id integer primary key, visible integer not null, body text not null);
  create index message_by_visibility on message (visible)`);
const insert = database.prepare("insert into message (visible, body) values (?, ?)");
const select = database.prepare("select id, body from message where visible <= ? order by visible limit 1");
const hide = database.prepare("update message set visible = ? where id = ?");
const remove = database.prepare("delete from message where id = ?");

type Call = { MessageBody?: string; ReceiptHandle?: string };

function answer(operation: string, { MessageBody = "", ReceiptHandle }: Call): object {
  switch (operation) {
    case "SendMessage":
      return { MessageId: String(insert.run(Date.now(), MessageBody).lastInsertRowid) };
    case "ReceiveMessage": {
      const row = select.get(Date.now());
      if (!row) return {};
      hide.run(Date.now() + 30_000, row["id"] as number);
      return { Messages: [{ ReceiptHandle: String(row["id"]), Body: row["body"] }] };
    }
    default:
      remove.run(Number(ReceiptHandle));
      return {};
  }
}

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => parts.push(part));
  request.on("end", () => {
    const operation = String(request.headers["x-amz-target"]).split(".")[1]!;
    const body = JSON.stringify(answer(operation, JSON.parse(Buffer.concat(parts).toString("utf8")) as Call));
    response.writeHead(200, { "content-type": "application/x-amz-json-1.0", "content-length": Buffer.byteLength(body) });
    response.end(body);
  });
});
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
process.on("SIGTERM", () => process.exit(0));
