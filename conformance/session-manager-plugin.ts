/** What the aws command starts for `ecs execute-command`: a session's output on standard output, standard input typed into it. */
import { connectSession } from "../packages/cloud/test/services/ecs/session-client.ts";

const [given] = process.argv.slice(2);
if (given?.startsWith("{")) {
  const session = await connectSession(JSON.parse(given) as { streamUrl: string; tokenValue: string });
  process.stdin.on("data", (chunk: Buffer) => session.type(chunk.toString("utf8")));
  await session.closed;
  process.stdin.destroy();
  process.stdout.write(session.text());
  await session[Symbol.asyncDispose]();
} else {
  // The aws command looks first whether the plugin is there at all.
  console.log("The Session Manager plugin was installed successfully. Use the AWS CLI to start a session.");
}
