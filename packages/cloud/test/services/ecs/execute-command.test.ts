/** ECS Exec: a session in a running container, over Session Manager's data channel. */
import { ECSClient, ExecuteCommandCommand } from "@aws-sdk/client-ecs";
// @ts-expect-error -- it has no types
import * as untyped from "ssm-session";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { startSessions } from "../../../src/runtime/sessions/sessions.ts";
import { startSimulatedCloud } from "../../cloud.ts";
import { startPlace, type Place } from "./place.ts";
import { connectSession } from "./session-client.ts";

const { ssm } = untyped as unknown as {
  ssm: {
    init(socket: WebSocket, data: object): void;
    decode(data: unknown): { payloadType: number; payload: Uint8Array };
    sendACK(socket: WebSocket, message: object): void;
    sendText(socket: WebSocket, text: Uint8Array): void;
  };
};

let place: Place;
let definition: string;
let taskArn: string;
let taskRole: string;

const sleeper = `process.on("SIGTERM", () => process.exit(0)); setInterval(() => {}, 1000);`;
const channels = ["CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"].map(
  (name) => `ssmmessages:${name}`,
);

beforeAll(async () => {
  place = await startPlace();
  const image = await place.image("sleeper", sleeper);
  const trust = { Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" };
  const { Role } = await place.call("iam", "CreateRole", {
    RoleName: "exec",
    AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [trust] }),
  });
  taskRole = Role!.Arn!;
  await place.call("iam", "PutRolePolicy", {
    RoleName: "exec",
    PolicyName: "channels",
    PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: channels, Resource: "*" }] }),
  });
  definition = await place.define({ image, environment: [{ name: "COLOUR", value: "blau" }] }, { taskRoleArn: taskRole });
  taskArn = await running();
});
afterAll(() => place[Symbol.asyncDispose]());

async function running(more = {}): Promise<string> {
  const task = await place.run(definition, { enableExecuteCommand: true, ...more });
  await vi.waitFor(async () => expect((await place.task(task.taskArn!)).lastStatus).toBe("RUNNING"), { timeout: 60_000 });
  return task.taskArn!;
}

const exec = async (command: string, task = taskArn) => {
  const { session } = await place.call("ecs", "ExecuteCommand", { cluster: "test", task, command, interactive: true });
  return session!;
};
const active = async () => (await place.call("ssm", "DescribeSessions", { State: "Active" })).Sessions!;
const noneActive = () => expect.poll(async () => (await active()).length).toBe(0);

describe("a session", () => {
  test("runs a command in the task's folder, with its environment and its words, and is closed at its end", async () => {
    const client = new ECSClient(place.server.client);
    const answer = await client.send(
      new ExecuteCommandCommand({
        cluster: "test",
        task: taskArn,
        command: `/bin/sh -c 'echo "$COLOUR" "$1"; pwd' sh "two words"`,
        interactive: true,
      }),
    );
    client.destroy();
    expect(answer).toMatchObject({ containerName: "app", interactive: true, taskArn });
    expect(answer.session!.sessionId).toMatch(/^ecs-execute-command-[0-9a-f]{17}$/);
    expect(answer.session!.streamUrl).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\//);
    await using client2 = await connectSession(answer.session!);
    expect(await client2.closed).toBe("");
    expect(client2.text()).toMatch(/^blau two words\r\n.*contexts\/sleeper\r\n$/);
    await noneActive();
    const { Sessions } = await place.call("ssm", "DescribeSessions", { State: "History" });
    expect(Sessions![0]).toMatchObject({
      SessionId: answer.session!.sessionId,
      Status: "Terminated",
      Owner: expect.stringContaining(":root"),
    });
    expect(Sessions![0]!.Target).toMatch(/^ecs:test_[0-9a-f]{32}_/);
  });

  test("is a terminal: input, size, signals", async () => {
    await using shell = await connectSession(await exec("/bin/sh"));
    shell.resize(101, 37);
    shell.type("stty size; tty; echo $TERM\n");
    await expect.poll(() => shell.text()).toMatch(/37 101\r\n\/dev\/pts\/\d+\r\nxterm-256color\r\n/);
    // A signal that comes before the program has the terminal would meet the shell alone.
    shell.type("sh -c 'echo begun $((20 + 3)); exec sleep 100'; echo interrupted\n");
    await expect.poll(() => shell.text()).toContain("begun 23");
    shell.type("\u0003");
    shell.type("echo after $((40 + 2))\n");
    await expect.poll(() => shell.text()).toContain("after 42");
    shell.type("exit\n");
    expect(await shell.closed).toBe("");
  });

  test("carries much output whole", async () => {
    await using client = await connectSession(await exec(`/bin/sh -c "seq 1 200000; echo käse"`));
    expect(await client.closed).toBe("");
    const lines = client.text().split("\r\n");
    expect(lines.slice(0, 200_000)).toEqual(Array.from({ length: 200_000 }, (_, index) => String(index + 1)));
    expect(lines.at(-2)).toBe("käse");
  });

  test("of a program that does not read holds nobody up", async () => {
    await using client = await connectSession(await exec("/bin/sh -c 'stty raw; echo ready; sleep 300'"));
    await expect.poll(() => client.text()).toContain("ready");
    client.type("x".repeat(300_000));
    for (let round = 0; round < 3; round++) expect(await active()).toHaveLength(1);
    client.type("y");
    expect((await place.task(taskArn)).lastStatus).toBe("RUNNING");
  });

  test("says why a program cannot be started", async () => {
    await using client = await connectSession(await exec("/bin/none"));
    expect(await client.closed).toBe(
      "----------ERROR-------\nUnable to start command: Failed to start pty: fork/exec /bin/none: no such file or directory",
    );
    await using other = await connectSession(await exec("A=1 sh"));
    expect(await other.closed).toContain('exec: "A=1": executable file not found in $PATH');
  });

  test("is spoken by the client ssm-session, which knows no handshake", async () => {
    const { streamUrl, tokenValue } = await exec("/bin/sh");
    const socket = new WebSocket(streamUrl!);
    let text = "";
    socket.on("open", () => ssm.init(socket, { token: tokenValue, termOptions: { rows: 34, cols: 197 } }));
    socket.on("message", (data: Buffer) => {
      const message = ssm.decode(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));
      ssm.sendACK(socket, message);
      if (message.payloadType === 1) text += Buffer.from(message.payload).toString();
    });
    await expect.poll(() => text).not.toBe("");
    ssm.sendText(socket, Buffer.from("stty size\n"));
    await expect.poll(() => text).toContain("34 197");
    const closed = new Promise((done) => socket.once("close", done));
    socket.close();
    await closed;
    await noneActive();
  });
});

describe("a session ends", () => {
  const alive = (pid: number) => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  };
  const stubborn = `/bin/sh -c 'trap "" HUP TERM; setsid sleep 300 & echo $! $$ begun; while :; do sleep 1; done'`;
  const begun = async (task = taskArn) => {
    const client = await connectSession(await exec(stubborn, task));
    await expect.poll(() => client.text()).toContain("begun");
    return { client, pids: client.text().split(" ").slice(0, 2).map(Number) };
  };
  const gone = (pids: number[]) => expect.poll(() => pids.filter(alive)).toEqual([]);

  test("when its client hangs up: nothing is left running", async () => {
    const { client, pids } = await begun();
    expect(pids.every(alive)).toBe(true);
    await client[Symbol.asyncDispose]();
    await gone(pids);
    await noneActive();
  });

  test("when it is terminated", async () => {
    const { client, pids } = await begun();
    const [session] = await active();
    expect(session).toMatchObject({ Status: "Connected" });
    await place.call("ssm", "TerminateSession", { SessionId: session!.SessionId! });
    expect(await client.closed).toBe("The session was terminated.");
    await gone(pids);
  });

  test("with its task", async () => {
    const task = await running();
    const { client, pids } = await begun(task);
    await place.call("ecs", "StopTask", { cluster: "test", task });
    expect(await client.closed).toBe("The container has stopped.");
    await gone(pids);
    await place.reaches(task, "STOPPED");
  });

  test("with the cloud", async () => {
    const other = await startPlace();
    const image = await other.image("sleeper", sleeper);
    const { Role } = await other.call("iam", "GetRole", { RoleName: "task" });
    await other.call("iam", "PutRolePolicy", {
      RoleName: "task",
      PolicyName: "channels",
      PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: channels, Resource: "*" }] }),
    });
    const task = await other.run(await other.define({ image }, { taskRoleArn: Role!.Arn! }), { enableExecuteCommand: true });
    await other.reaches(task.taskArn!, "RUNNING");
    const { session } = await other.call("ecs", "ExecuteCommand", {
      cluster: "test",
      task: task.taskArn!,
      command: stubborn,
      interactive: true,
    });
    const client = await connectSession(session!);
    await expect.poll(() => client.text()).toContain("begun");
    const pids = client.text().split(" ").slice(0, 2).map(Number);
    await other[Symbol.asyncDispose]();
    await client.closed;
    await gone(pids);
  });
});

describe("no session", () => {
  const refused = (input: object) =>
    place.call("ecs", "ExecuteCommand", { cluster: "test", task: taskArn, command: "sh", interactive: true, ...input });

  test("without ECS Exec, as AWS says it", async () => {
    const off = (await place.run(definition)).taskArn!;
    const task = await place.reaches(off, "RUNNING");
    expect(task.containers![0]!.managedAgents).toBeUndefined();
    await expect(refused({ task: off })).rejects.toMatchObject({
      code: "InvalidParameterException",
      message: expect.stringMatching(/^The execute command failed because execute command was not enabled when the task was run/),
    });
  });

  test("without the right to connect, which the agent's state says", async () => {
    const poor = await place.define({ image: await place.image("poor", sleeper) }, { taskRoleArn: place.taskRole });
    const task = (await place.run(poor, { enableExecuteCommand: true })).taskArn!;
    const { containers } = await place.reaches(task, "RUNNING");
    expect(containers![0]!.managedAgents).toMatchObject([
      { name: "ExecuteCommandAgent", lastStatus: "STOPPED", reason: "The task role is not allowed ssmmessages:CreateControlChannel." },
    ]);
    await expect(refused({ task })).rejects.toMatchObject({ code: "TargetNotConnectedException" });
    expect((await place.task(taskArn)).containers![0]!.managedAgents).toMatchObject([
      { name: "ExecuteCommandAgent", lastStatus: "RUNNING" },
    ]);
  });

  test.each([
    [{ interactive: false }, "Interactive is the only mode supported currently."],
    [{ task: "x" }, "task length should be one of [32,36]"],
    [{ task: "0".repeat(32) }, "The referenced task was not found."],
    [{ container: "none" }, "The container none is not a container of the task."],
    [{ command: "sh 'open" }, "Failed to parse commands input: EOF found when expecting closing quote"],
  ])("for %j", async (input, message) => {
    await expect(refused(input)).rejects.toMatchObject({ code: "InvalidParameterException", message });
  });

  test("to a third client of the same container", async () => {
    const sessions = [await exec("sh"), await exec("sh")];
    await expect(exec("sh")).rejects.toMatchObject({
      code: "ClientException",
      message: "Unable to start new execute sessions because the maximum session limit of 2 has been reached.",
    });
    for (const { sessionId } of sessions) await place.call("ssm", "TerminateSession", { SessionId: sessionId! });
    await noneActive();
  });

  test("with another token, or a second time", async () => {
    const session = await exec("sh");
    const wrong = await connectSession({ ...session, tokenValue: "guess" });
    expect(await wrong.closed).toBeUndefined();
    await using right = await connectSession(session);
    await expect.poll(() => right.text()).not.toBe("");
    await expect(connectSession(session)).rejects.toThrow("404");
  });

  test("to somebody who is not allowed ecs:ExecuteCommand on the cluster and the task", async () => {
    await place.call("iam", "CreateUser", { UserName: "ann" });
    const { AccessKey } = await place.call("iam", "CreateAccessKey", { UserName: "ann" });
    const allow = (Resource: string[]) =>
      place.call("iam", "PutUserPolicy", {
        UserName: "ann",
        PolicyName: "exec",
        PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "ecs:ExecuteCommand", Resource }] }),
      });
    const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
    const client = new ECSClient({ ...place.server.client, credentials });
    const ask = () => client.send(new ExecuteCommandCommand({ cluster: "test", task: taskArn, command: "sh", interactive: true }));
    await allow([taskArn]);
    await expect(ask()).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringContaining("ecs:ExecuteCommand on resource"),
    });
    await allow([taskArn, taskArn.replace(/:task\/.*/, ":cluster/test")]);
    const { session } = await ask();
    client.destroy();
    await place.call("ssm", "TerminateSession", { SessionId: session!.sessionId! });
  });
});

test("what a killed cloud left as a session is history after its next start, for thirty days", async () => {
  await using left = await startSimulatedCloud();
  const { cloud, call, world } = left;
  const record = { id: "ecs-execute-command-1", target: "ecs:a_b_c", owner: "o", document: "d", startedMs: world.clock.nowMs() };
  cloud.store.collection<typeof record>("ssm-session").put("eu-central-1", record.id, record);
  startSessions(cloud);
  expect((await call("ssm", "DescribeSessions", { State: "Active" })).Sessions).toEqual([]);
  expect((await call("ssm", "DescribeSessions", { State: "History" })).Sessions).toMatchObject([
    { SessionId: record.id, Status: "Terminated" },
  ]);
  await world.clock.sleepThrough(31 * 86_400_000);
  startSessions(cloud);
  expect((await call("ssm", "DescribeSessions", { State: "History" })).Sessions).toEqual([]);
});

test("Systems Manager starts sessions in a task, too", async () => {
  const task = await place.task(taskArn);
  const Target = `ecs:test_${taskArn.split("/").at(-1)}_${task.containers![0]!.runtimeId}`;
  const session = await place.call("ssm", "StartSession", {
    Target,
    DocumentName: "AWS-StartInteractiveCommand",
    Parameters: { command: ["echo hello"] },
    Reason: "to see",
  });
  await using client = await connectSession({ streamUrl: session.StreamUrl, tokenValue: session.TokenValue });
  expect(await client.closed).toBe("");
  expect(client.text()).toBe("hello\r\n");
  await expect(place.call("ssm", "StartSession", { Target: "i-0123" })).rejects.toMatchObject({
    code: "TargetNotConnected",
    message: "i-0123 is not connected.",
  });
  await expect(place.call("ssm", "StartSession", { Target, DocumentName: "AWS-StartSSHSession" })).rejects.toMatchObject({
    code: "InvalidDocument",
  });
});
