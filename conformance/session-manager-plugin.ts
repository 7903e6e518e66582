/**
 * What the aws command starts for `ecs execute-command` and `ssm start-session`: a session's output on standard output, standard input typed
 * into it; of one that forwards a port a listener whose connections go through it, until Ctrl-C. In place of Session Manager's own plugin.
 */
import { createServer } from "node:net";
import { openPortSession } from "../packages/deployer/src/sessions/port-client.ts";
import { connectSession } from "../packages/cloud/test/services/ecs/session-client.ts";

interface Answer {
  StreamUrl?: string;
  TokenValue?: string;
  SessionId?: string;
  streamUrl?: string;
  tokenValue?: string;
}

// Newer commands hand the session over in a variable, whose name stands in its place.
const [first, , , , request] = process.argv.slice(2);
const given = first?.startsWith("AWS_SSM_") ? process.env[first] : first;
if (!given?.startsWith("{")) {
  // The aws command looks first whether the plugin is there at all.
  console.log("The Session Manager plugin was installed successfully. Use the AWS CLI to start a session.");
} else {
  const answer = JSON.parse(given) as Answer;
  const { DocumentName = "", Parameters = {} } = (request?.startsWith("{") ? JSON.parse(request) : {}) as {
    DocumentName?: string;
    Parameters?: Record<string, string[]>;
  };
  if (DocumentName.startsWith("AWS-StartPortForwarding")) await forward(answer, Number(Parameters["localPortNumber"]?.[0] ?? 0));
  else await attach(answer);
}

async function attach(answer: Answer): Promise<void> {
  const session = await connectSession({
    streamUrl: answer.streamUrl ?? answer.StreamUrl,
    tokenValue: answer.tokenValue ?? answer.TokenValue,
  });
  process.stdin.on("data", (chunk: Buffer) => session.type(chunk.toString("utf8")));
  await session.closed;
  process.stdin.destroy();
  process.stdout.write(session.text());
  await session[Symbol.asyncDispose]();
}

async function forward({ SessionId, StreamUrl, TokenValue }: Answer, localPort: number): Promise<void> {
  const session = await openPortSession(
    { sessionId: SessionId!, streamUrl: StreamUrl!, tokenValue: TokenValue! },
    {
      refused: () => console.log("Connection to destination port failed, check SSM Agent logs."),
      resume: () => Promise.resolve(undefined),
    },
  );
  if ("how" in session) throw new Error(JSON.stringify(session));
  const server = createServer({ pauseOnConnect: true }, (socket) => session.carry(socket)).listen(localPort, "127.0.0.1", () =>
    console.log(`Port ${localPort} opened for sessionId ${SessionId}.\nWaiting for connections...`),
  );
  process.once("SIGINT", () => session.hangUp()).once("SIGTERM", () => session.hangUp());
  await session.ended;
  server.close();
}
