/** Tasks that are run once: their lives, logs, secrets, credentials and ends. */
import { expect, test } from "vitest";
import { logGroup, startPlace } from "./place.ts";

test("a task runs a program, writes its output to its log stream, and stops with its exit code", async () => {
  await using place = await startPlace();
  const image = await place.image("hello", `console.log("hello", process.env.NAME); console.error("to stderr"); process.exitCode = 3;`);
  const definition = await place.define({ image, environment: [{ name: "NAME", value: "world" }] });
  const started = await place.run(definition, {
    startedBy: "me",
    tags: [{ key: "a", value: "b" }],
    overrides: { containerOverrides: [{ name: "app", environment: [{ name: "NAME", value: "override" }] }] },
  });
  expect(started).toMatchObject({ lastStatus: "PROVISIONING", desiredStatus: "RUNNING", group: "family:app", launchType: "FARGATE" });
  const stopped = await place.reaches(started.taskArn!, "STOPPED");
  expect(stopped).toMatchObject({
    stopCode: "EssentialContainerExited",
    stoppedReason: "Essential container in task exited",
    desiredStatus: "STOPPED",
    startedBy: "me",
    tags: [{ key: "a", value: "b" }],
    containers: [{ name: "app", lastStatus: "STOPPED", exitCode: 3 }],
  });
  expect((await place.messages()).sort()).toEqual(["hello override", "to stderr"]);
  const { logStreams } = await place.call("logs", "DescribeLogStreams", { logGroupName: logGroup });
  expect(logStreams!.map(({ logStreamName }) => logStreamName)).toEqual([`ecs/app/${started.taskArn!.split("/").at(-1)}`]);
});

test("SIGTERM, and SIGKILL after the stop timeout", async () => {
  await using place = await startPlace();
  const polite = await place.image(
    "polite",
    `process.on("SIGTERM", () => { console.log("bye"); process.exit(7); }); console.log("up"); setInterval(() => {}, 1000);`,
  );
  const stubborn = await place.image(
    "stubborn",
    `process.on("SIGTERM", () => console.log("no")); console.log("up"); setInterval(() => {}, 1000);`,
  );
  const first = await place.run(await place.define({ image: polite }));
  const second = await place.run(await place.define({ image: stubborn, stopTimeout: 1 }));
  await expect.poll(async () => (await place.messages()).length).toBe(2);
  for (const { taskArn } of [first, second]) {
    const { task } = await place.call("ecs", "StopTask", { cluster: "test", task: taskArn!, reason: "enough" });
    expect(task).toMatchObject({ desiredStatus: "STOPPED", stoppedReason: "enough", stopCode: "UserInitiated" });
  }
  expect((await place.reaches(first.taskArn!, "STOPPED")).containers![0]).toMatchObject({ exitCode: 7 });
  expect((await place.reaches(second.taskArn!, "STOPPED")).containers![0]).toMatchObject({ exitCode: 137 });
  expect((await place.messages()).toSorted()).toEqual(["bye", "no", "up", "up"]);
});

test("secrets come from Secrets Manager and Parameter Store, read by the execution role", async () => {
  await using place = await startPlace();
  const { call } = place;
  const { ARN } = await call("secretsmanager", "CreateSecret", { Name: "db", SecretString: '{"url":"postgres://x","n":1}' });
  await call("ssm", "PutParameter", { Name: "/app/key", Value: "k", Type: "SecureString" });
  await call("ssm", "PutParameter", { Name: "plain", Value: "p", Type: "String" });
  const image = await place.image(
    "secrets",
    `console.log([process.env.URL_, process.env.ALL, process.env.KEY, process.env.PLAIN].join(" "))`,
  );
  const arn = `arn:aws:ssm:${place.server.region}:${place.server.cloud.account}:parameter`;
  const definition = await place.define({
    image,
    secrets: [
      { name: "URL_", valueFrom: `${ARN}:url::` },
      { name: "ALL", valueFrom: ARN! },
      { name: "KEY", valueFrom: `${arn}/app/key` },
      { name: "PLAIN", valueFrom: "plain" },
    ],
  });
  await place.reaches((await place.run(definition)).taskArn!, "STOPPED");
  expect(await place.messages()).toEqual(['postgres://x {"url":"postgres://x","n":1} k p']);

  const missing = await place.define({ image, secrets: [{ name: "KEY", valueFrom: `${arn}/app/none` }] });
  expect(await place.reaches((await place.run(missing)).taskArn!, "STOPPED")).toMatchObject({
    stopCode: "TaskFailedToStart",
    stoppedReason:
      "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 1 time(s): invalid parameters: /app/none",
  });
});

test("a task calls AWS with its role's credentials, and knows what it is", async () => {
  await using place = await startPlace();
  await place.call("ssm", "PutParameter", { Name: "/app/key", Value: "from the store", Type: "String" });
  const sdk = new URL(import.meta.resolve("@aws-sdk/client-ssm")).pathname;
  const image = await place.image(
    "caller",
    `import { createRequire } from "node:module";
     const { SSMClient, GetParameterCommand, PutParameterCommand } = createRequire(import.meta.url)(${JSON.stringify(sdk)});
     const client = new SSMClient({});
     const { Parameter } = await client.send(new GetParameterCommand({ Name: "/app/key" }));
     console.log(Parameter.Value);
     await client.send(new PutParameterCommand({ Name: "/app/key", Value: "x", Overwrite: true })).catch((error) => console.log(error.message));
     const task = await (await fetch(process.env.ECS_CONTAINER_METADATA_URI_V4 + "/task")).json();
     console.log(task.Family, task.KnownStatus, task.Containers[0].Name);
     const denied = await fetch(process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI, { headers: { authorization: "wrong" } });
     console.log(denied.status);`,
  );
  const definition = await place.define({ image }, { taskRoleArn: place.taskRole });
  const { taskArn } = await place.run(definition);
  expect((await place.reaches(taskArn!, "STOPPED")).containers![0]).toMatchObject({ exitCode: 0 });
  const messages = await place.messages();
  expect(messages[0]).toBe("from the store");
  expect(messages[1]).toContain(`assumed-role/task/${taskArn!.split("/").at(-1)} is not authorized to perform: ssm:PutParameter`);
  expect(messages.slice(2)).toEqual([expect.stringMatching(/^app (ACTIVATING|RUNNING) app$/), "403"]);
});

test("a container that uses more memory than its task has is killed", async () => {
  await using place = await startPlace();
  const image = await place.image("greedy", `const kept = []; setInterval(() => kept.push(Buffer.alloc(60 * 1024 * 1024, 1)), 50);`);
  const { taskArn } = await place.run(await place.define({ image }));
  const stopped = await place.reaches(taskArn!, "STOPPED");
  expect(stopped.stoppedReason).toBe("Essential container in task exited");
  expect(stopped.containers![0]).toMatchObject({ exitCode: 137, reason: "OutOfMemoryError: Container killed due to memory usage" });
});

test("what keeps a task from starting is its stopped reason", async () => {
  await using place = await startPlace();
  const image = await place.image("any", "");
  const reasonOf = async (definition: string) => (await place.reaches((await place.run(definition)).taskArn!, "STOPPED")).stoppedReason;
  const log = (options: Record<string, string>) => ({
    logConfiguration: {
      logDriver: "awslogs" as const,
      options: { "awslogs-region": place.server.region, "awslogs-stream-prefix": "ecs", ...options },
    },
  });
  expect(await reasonOf(await place.define({ image, ...log({ "awslogs-group": "/none" }) }))).toBe(
    "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. : exit status 1",
  );
  const absent = image.replace(":any", ":none");
  expect(await reasonOf(await place.define({ image: absent }))).toBe(
    `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${absent}: ${absent}: not found`,
  );
  expect(await reasonOf(await place.define({ image: "nginx:latest" }))).toMatch(/^CannotPullContainerError: .*nginx:latest.*Dockerfile/);
  expect(await reasonOf(await place.define({ image, command: ["no-such-program"] }))).toMatch(
    /^CannotStartContainerError: .*exec: "no-such-program": executable file not found in \$PATH/,
  );
});

test("containers start in the order of their dependencies, and a health check is run for real", async () => {
  await using place = await startPlace();
  const init = await place.image("init", `console.log("init")`);
  const sick = await place.image(
    "checked",
    `import { createServer } from "node:http"; import { appendFileSync } from "node:fs"; console.log("main");
     createServer((request, response) => { response.statusCode = 204; response.end(); }).listen(3919);`,
  );
  const last = await place.image("last", `console.log("last"); process.exit(0)`);
  const logConfiguration = {
    logDriver: "awslogs" as const,
    options: { "awslogs-group": logGroup, "awslogs-region": place.server.region, "awslogs-stream-prefix": "ecs" },
  };
  const definition = await place.define(
    {},
    {
      containerDefinitions: [
        { name: "last", image: last, logConfiguration, dependsOn: [{ containerName: "main", condition: "HEALTHY" }] },
        {
          name: "main",
          image: sick,
          stopTimeout: 1,
          logConfiguration,
          portMappings: [{ containerPort: 3919 }],
          dependsOn: [{ containerName: "init", condition: "SUCCESS" }],
          healthCheck: {
            command: ["CMD-SHELL", `node -e 'fetch("http://localhost:3919").then((r) => process.exit(r.status === 204 ? 0 : 1))'`],
          },
        },
        { name: "init", image: init, essential: false, logConfiguration },
      ],
    },
  );
  const { taskArn } = await place.run(definition);
  const stopped = await place.reaches(taskArn!, "STOPPED");
  expect(await place.messages()).toEqual(["init", "main", "last"]);
  expect(stopped.containers!.map(({ name, exitCode, healthStatus }) => [name, exitCode, healthStatus])).toEqual([
    ["last", 0, "UNKNOWN"],
    ["main", 143, "HEALTHY"],
    ["init", 0, "UNKNOWN"],
  ]);
});

test("many lines a second reach the log without loss, in their order", async () => {
  await using place = await startPlace();
  const count = 25_000;
  const image = await place.image("chatty", `for (let n = 0; n < ${count}; n++) console.log("line " + n);`);
  const { taskArn } = await place.run(await place.define({ image }));
  await place.reaches(taskArn!, "STOPPED");
  const { call } = place;
  let token: string | undefined;
  let next = 0;
  do {
    const page = await call("logs", "GetLogEvents", {
      logGroupName: logGroup,
      logStreamName: `ecs/app/${taskArn!.split("/").at(-1)}`,
      startFromHead: true,
      ...(token !== undefined && { nextToken: token }),
    });
    for (const { message } of page.events!) expect(message).toBe(`line ${next++}`);
    if (page.nextForwardToken === token) break;
    token = page.nextForwardToken;
  } while (next < count);
  expect(next).toBe(count);
});

test("a task with a public address is reached at it, as its network interface says", async () => {
  await using place = await startPlace();
  const image = await place.image(
    "public",
    `import { createServer } from "node:http"; createServer((q, r) => r.end("here")).listen(3925, () => console.log("up"));`,
  );
  const definition = await place.define({ image, portMappings: [{ containerPort: 3925 }] });
  const networkConfiguration = { awsvpcConfiguration: { subnets: [place.subnet], assignPublicIp: "ENABLED" as const } };
  const { taskArn } = await place.run(definition, { networkConfiguration });
  await expect.poll(() => place.messages()).toEqual(["up"]);
  const { attachments } = await place.task(taskArn!);
  const id = attachments![0]!.details!.find(({ name }) => name === "networkInterfaceId")!.value!;
  const describe = () => place.call("ec2", "DescribeNetworkInterfaces", { NetworkInterfaceIds: [id] });
  const address = (await describe()).NetworkInterfaces![0]!.Association!.PublicIp!;
  expect(await (await fetch(`http://${address}:3925`)).text()).toBe("here");
  await place.call("ecs", "StopTask", { cluster: "test", task: taskArn! });
  await place.reaches(taskArn!, "STOPPED");
  await expect(describe()).rejects.toMatchObject({ code: "InvalidNetworkInterfaceID.NotFound" });
});

test("a role that does not trust ECS tasks is refused before anything starts", async () => {
  await using place = await startPlace();
  const { Role } = await place.call("iam", "CreateRole", {
    RoleName: "lambda",
    AssumeRolePolicyDocument:
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}',
  });
  const definition = await place.define({ image: await place.image("any", "") }, { taskRoleArn: Role!.Arn! });
  await expect(place.run(definition)).rejects.toMatchObject({
    code: "ClientException",
    message: expect.stringContaining(`ECS was unable to assume the role '${Role!.Arn}' that was provided for this task.`),
  });
});

test("a client token makes the same tasks once", async () => {
  await using place = await startPlace();
  const definition = await place.define({ image: await place.image("idle", "setInterval(() => {}, 1000)") });
  const first = await place.run(definition, { clientToken: "t" });
  expect((await place.run(definition, { clientToken: "t" })).taskArn).toBe(first.taskArn);
  await expect(place.run(definition, { clientToken: "t", startedBy: "other" })).rejects.toMatchObject({ code: "ConflictException" });
});
