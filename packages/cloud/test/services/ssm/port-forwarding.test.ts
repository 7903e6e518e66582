/** Connections through a task, over Session Manager: to the task's own ports and to what its security groups let it reach. */
import { randomBytes } from "node:crypto";
import { createServer, type Socket } from "node:net";
import { SSMClient, StartSessionCommand } from "@aws-sdk/client-ssm";
import { flag } from "@plinth/data-channel";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openSession } from "../../../src/runtime/sessions/sessions.ts";
import { startSimulatedCloud } from "../../cloud.ts";
import { startPlace, type Place } from "../ecs/place.ts";
import { createInstance, password, whenIn } from "../rds/instances.ts";
import { connectPort, type PortClient } from "./port-client.ts";

/** Sends back what it gets, and `bye` ends the connection from its side. */
const echo = `
import { createServer } from "node:net";
createServer((socket) => {
  socket.on("error", () => {});
  socket.on("data", (bytes) => (bytes.toString() === "bye" ? socket.end("bye!") : socket.write(bytes)));
}).listen(3000, "0.0.0.0", () => console.log("ready"));
process.on("SIGTERM", () => process.exit(0));`;
const channels = ["CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"].map(
  (name) => `ssmmessages:${name}`,
);

let place: Place;
let definition: string;
let taskGroup: string;
let databaseGroup: string;
let Target: string;

beforeAll(async () => {
  place = await startPlace();
  const { call } = place;
  await call("iam", "PutRolePolicy", {
    RoleName: "task",
    PolicyName: "channels",
    PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: channels, Resource: "*" }] }),
  });
  const group = async (GroupName: string) => (await call("ec2", "CreateSecurityGroup", { GroupName, Description: GroupName })).GroupId!;
  taskGroup = await group("task");
  databaseGroup = await group("database");
  const image = await place.image("echo", echo);
  definition = await place.define({ image, portMappings: [{ containerPort: 3000 }] }, { taskRoleArn: place.taskRole });
  Target = await startTarget();
});
afterAll(() => place[Symbol.asyncDispose]());

async function startTarget(): Promise<string> {
  const network = { awsvpcConfiguration: { ...place.network.awsvpcConfiguration, securityGroups: [taskGroup] } };
  const ready = async () => (await place.messages()).filter((line) => line === "ready").length;
  const before = await ready();
  const { taskArn } = await place.run(definition, { enableExecuteCommand: true, networkConfiguration: network });
  const waiting = { timeout: 60_000, interval: 20 };
  await vi.waitFor(async () => expect((await place.task(taskArn!)).lastStatus).toBe("RUNNING"), waiting);
  await vi.waitFor(async () => expect(await ready()).toBeGreaterThan(before), waiting);
  const task = await place.task(taskArn!);
  return `ecs:test_${taskArn!.split("/").at(-1)}_${task.containers![0]!.runtimeId}`;
}

const toPort = (portNumber: number) =>
  place.call("ssm", "StartSession", {
    Target,
    DocumentName: "AWS-StartPortForwardingSession",
    Parameters: { portNumber: [String(portNumber)], localPortNumber: ["9999"] },
  });
const toHost = (host: string, portNumber: number) =>
  place.call("ssm", "StartSession", {
    Target,
    DocumentName: "AWS-StartPortForwardingSessionToRemoteHost",
    Parameters: { host: [host], portNumber: [String(portNumber)] },
  });
const active = async () => (await place.call("ssm", "DescribeSessions", { State: "Active" })).Sessions!;
const noneActive = () => expect.poll(async () => (await active()).length).toBe(0);

describe("to a port of the task itself", () => {
  test("a current client has many connections at once, each whole and by itself", async () => {
    const client = new SSMClient(place.server.client);
    const session = await client.send(
      new StartSessionCommand({
        Target,
        DocumentName: "AWS-StartPortForwardingSession",
        Parameters: { portNumber: ["3000"], localPortNumber: ["5000"] },
      }),
    );
    client.destroy();
    expect(session.SessionId).toMatch(/^root-[0-9a-f]{17}$/);
    await using port = await connectPort(session);
    expect((await port.asked).RequestedClientActions).toEqual([
      {
        ActionType: "SessionType",
        ActionParameters: {
          SessionType: "Port",
          Properties: { portNumber: "3000", localPortNumber: "5000", type: "LocalPortForwarding" },
        },
      },
    ]);
    const contents = Array.from({ length: 20 }, () => randomBytes(40_000));
    const connections = contents.map(() => port.open());
    for (const part of [0, 1]) {
      for (const [at, connection] of connections.entries()) connection.write(contents[at]!.subarray(part * 20_000, (part + 1) * 20_000));
    }
    await expect.poll(() => connections.every((connection, at) => connection.bytes().equals(contents[at]!))).toBe(true);
    connections[0]!.write("bye");
    await expect.poll(() => connections[0]!.ended()).toBe(true);
    expect(connections[0]!.bytes().subarray(-4).toString()).toBe("bye!");
    expect(connections[1]!.ended()).toBe(false);
    connections[1]!.close();
    await port[Symbol.asyncDispose]();
    await noneActive();
  });

  test("megabytes pass whole", async () => {
    await using port = await connectPort(await toPort(3000));
    const connection = port.open();
    const content = randomBytes(8 * 1024 * 1024);
    connection.write(content);
    await expect.poll(() => connection.bytes().byteLength).toBe(content.byteLength);
    expect(connection.bytes().equals(content)).toBe(true);
  });

  test("a client of before multiplexing has one after the other", async () => {
    await using port = await connectPort(await toPort(3000), "1.0.37.0");
    port.write("one ");
    await expect.poll(() => port.text()).toBe("one ");
    port.sendFlag(flag.disconnectToPort); // it lost its own connection
    port.write("two ");
    await expect.poll(() => port.text()).toBe("one two ");
    port.write("bye");
    await expect.poll(() => port.text()).toBe("one two bye!");
    await expect
      .poll(() => {
        port.write("three"); // what still meets the old connection's end is lost, as there
        return port.text();
      })
      .toContain("three");
    port.sendFlag(flag.terminateSession);
    expect(await port.closed).toBe("");
    await noneActive();
  });

  test("one on which nothing listens is told: by a flag, or to an old client by the end", async () => {
    await using port = await connectPort(await toPort(3999));
    const connection = port.open();
    await expect.poll(() => connection.ended()).toBe(true);
    expect(port.flags).toEqual([flag.connectToPortError]);
    await using old = await connectPort(await toPort(3999), "1.0.37.0");
    expect(await old.closed).toMatch(/^Unable to connect to specified port: connect ECONNREFUSED/);
  });
});

describe("a connection that broke", () => {
  test("goes on where it was, with another token", async () => {
    const session = await toPort(3000);
    await using port = await connectPort(session);
    const connection = port.open();
    connection.write("before ");
    await expect.poll(() => connection.bytes().toString()).toBe("before ");
    port.breakOff();
    await expect.poll(async () => (await active())[0]?.Status).toBe("Disconnected");
    connection.write("meanwhile ");
    await expect(connectPort(session)).rejects.toThrow("404"); // the first token is used up
    const resumed = await place.call("ssm", "ResumeSession", { SessionId: session.SessionId! });
    expect(resumed.SessionId).toBe(session.SessionId);
    expect(resumed.TokenValue).not.toBe(session.TokenValue);
    await port.resume(resumed);
    connection.write("after");
    await expect.poll(() => connection.bytes().toString()).toBe("before meanwhile after");
    expect(await active()).toMatchObject([{ Status: "Connected" }]);
  });

  test("is waited for a minute", async () => {
    await using left = await startSimulatedCloud();
    const { cloud, call, world } = left;
    const unused = () => expect.unreachable();
    const target = { disconnected: unused, terminalsMissing: unused, reach: unused, env: {}, cwd: "/", gone: new Promise(() => {}) };
    const purpose = { kind: "port" as const, port: 80, localPort: "0" };
    const about = { prefix: "root", region: "eu-central-1", targetId: "ecs:a_b_c", owner: "o", document: "d" };
    const { sessionId } = openSession(cloud, { ...about, target, purpose });
    const { liveSessions } = await import("../../../src/runtime/sessions/sessions.ts");
    const live = liveSessions(cloud).get(sessionId)!;
    live.admits(live.resume().tokenValue);
    live.disconnected();
    await world.clock.advance(59_000);
    expect((await call("ssm", "ResumeSession", { SessionId: sessionId })).TokenValue).toBeDefined();
    await world.clock.advance(2_000);
    expect(await call("ssm", "ResumeSession", { SessionId: sessionId })).toEqual({ SessionId: sessionId });
    await expect(call("ssm", "ResumeSession", { SessionId: "root-0" })).rejects.toMatchObject({ code: "DoesNotExistException" });
  });
});

describe("to another host", () => {
  test("a database is reached as far as the security groups let it, at once after a change", async () => {
    await createInstance(place.server, "orders", { VpcSecurityGroupIds: [databaseGroup], DBName: "orders" });
    const { Endpoint } = await whenIn(place.server, "orders", "available");
    await using port = await connectPort(await toHost(Endpoint!.Address!, Endpoint!.Port!));
    const refused = port.open();
    await expect.poll(() => refused.ended()).toBe(true);
    expect(port.flags).toEqual([flag.connectToPortError]);

    const rule = { IpProtocol: "tcp", FromPort: 5432, ToPort: 5432, UserIdGroupPairs: [{ GroupId: taskGroup }] };
    await place.call("ec2", "AuthorizeSecurityGroupIngress", { GroupId: databaseGroup, IpPermissions: [rule] });
    await using local = await listen(port);
    const database = new Client({
      host: "127.0.0.1",
      port: local.port,
      user: "owner",
      password,
      database: "orders",
      ssl: { rejectUnauthorized: false },
    });
    await database.connect();
    expect((await database.query("select count(*)::int as n from generate_series(1, 50000)")).rows).toEqual([{ n: 50_000 }]);
    const { rows } = await database.query("select repeat('x', 100) as x from generate_series(1, 20000)");
    expect(rows).toHaveLength(20_000);
    await database.end();

    const all = { IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] };
    await place.call("ec2", "RevokeSecurityGroupEgress", { GroupId: taskGroup, IpPermissions: [all] });
    const closed = port.open();
    await expect.poll(() => closed.ended()).toBe(true);
    await place.call("ec2", "AuthorizeSecurityGroupEgress", { GroupId: taskGroup, IpPermissions: [all] });
  });

  test("what is on this machine and not in the cloud is not there", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((done) => server.once("listening", done));
    const { port: outside } = server.address() as { port: number };
    for (const host of ["127.0.0.9", "10.200.0.1"]) {
      await using port = await connectPort(await toHost(host, outside));
      const connection = port.open();
      await expect.poll(() => connection.ended()).toBe(true);
      expect(port.flags).toEqual([flag.connectToPortError]);
    }
    server.close();
  });

  test("credentials of instances and tasks are never forwarded", async () => {
    await using port = await connectPort(await toHost("169.254.169.254", 80));
    expect(await port.closed).toBe("Forwarding to IP address 169.254.169.254 is forbidden.");
  });
});

describe("ends", () => {
  test("with its task, and its connections with it", async () => {
    const before = Target;
    Target = await startTarget();
    await using port = await connectPort(await toPort(3000));
    const connection = port.open();
    connection.write("x");
    await expect.poll(() => connection.bytes().toString()).toBe("x");
    await place.call("ecs", "StopTask", { cluster: "test", task: Target.split("_")[1]! });
    expect(await port.closed).toBe("The container has stopped.");
    Target = before;
  });

  test("on demand", async () => {
    const session = await toPort(3000);
    await using port = await connectPort(session);
    await place.call("ssm", "TerminateSession", { SessionId: session.SessionId! });
    expect(await port.closed).toBe("The session was terminated.");
    await noneActive();
  });
});

test.each([
  [{ portNumber: ["0"] }, "Parameter portNumber has the value 0"],
  [{ portNumber: ["70000"] }, "Parameter portNumber has the value 70000"],
  [{ host: ["localhost"] }, "Parameter host is not supported by document AWS-StartPortForwardingSession."],
])("%j is refused", async (Parameters, message) => {
  const asked = { Target, DocumentName: "AWS-StartPortForwardingSession", Parameters: Parameters as Record<string, string[]> };
  await expect(place.call("ssm", "StartSession", asked)).rejects.toMatchObject({
    code: "InvalidParameters",
    message: expect.stringContaining(message),
  });
});

test("the right to one document is no right to another", async () => {
  await place.call("iam", "CreateUser", { UserName: "ann" });
  const { AccessKey } = await place.call("iam", "CreateAccessKey", { UserName: "ann" });
  const region = place.server.region;
  const allowed = ["arn:aws:ecs:*:*:task/*", `arn:aws:ssm:${region}::document/AWS-StartPortForwardingSession`];
  await place.call("iam", "PutUserPolicy", {
    UserName: "ann",
    PolicyName: "ports",
    PolicyDocument: JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "ssm:StartSession", Resource: allowed }],
    }),
  });
  const client = new SSMClient({
    ...place.server.client,
    credentials: { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! },
  });
  const start = (DocumentName: string, Parameters: Record<string, string[]>) =>
    client.send(new StartSessionCommand({ Target, DocumentName, Parameters }));
  const { SessionId } = await start("AWS-StartPortForwardingSession", { portNumber: ["3000"] });
  await expect(start("AWS-StartPortForwardingSessionToRemoteHost", { host: ["db.internal"], portNumber: ["5432"] })).rejects.toMatchObject({
    name: "AccessDeniedException",
    message: expect.stringContaining("document/AWS-StartPortForwardingSessionToRemoteHost"),
  });
  client.destroy();
  await place.call("ssm", "TerminateSession", { SessionId: SessionId! });
});

/** A port of this machine whose connections go through the session. */
async function listen(through: PortClient): Promise<AsyncDisposable & { port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const connection = through.open();
    let shown = 0;
    const look = setInterval(() => {
      const bytes = connection.bytes();
      if (bytes.byteLength > shown) socket.write(bytes.subarray(shown));
      shown = bytes.byteLength;
      if (connection.ended()) socket.end();
    }, 2);
    socket.on("data", (bytes) => connection.write(bytes));
    socket.once("close", () => {
      clearInterval(look);
      connection.close();
    });
  }).listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  return {
    port: (server.address() as { port: number }).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}
