/** Protected tasks stay when their service scales in or deploys, until their protection ends. */
import { expect, test } from "vitest";
import { startPlace } from "./place.ts";

test("what is protected outlives a scale-in and a deployment, by the operation and by the agent in the task", async () => {
  await using place = await startPlace();
  const { call } = place;
  await call("iam", "PutRolePolicy", {
    RoleName: "task",
    PolicyName: "protect",
    PolicyDocument: JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: ["ecs:UpdateTaskProtection", "ecs:GetTaskProtection"], Resource: "*" }],
    }),
  });
  const image = await place.image(
    "worker",
    `const state = process.env.ECS_AGENT_URI + "/task-protection/v1/state";
     const ask = async (init) => console.log(JSON.stringify(await (await fetch(state, init)).json()));
     if (process.env.PROTECT) await ask({ method: "PUT", body: JSON.stringify({ ProtectionEnabled: true, ExpiresInMinutes: 5 }) });
     await ask({});
     setInterval(() => {}, 1000);
     process.on("SIGTERM", () => process.exit(0));`,
  );
  const first = await place.define({ image, environment: [{ name: "PROTECT", value: "1" }] }, { taskRoleArn: place.taskRole });
  const service = { cluster: "test", service: "web" };
  await call("ecs", "CreateService", {
    cluster: "test",
    serviceName: "web",
    taskDefinition: first,
    desiredCount: 1,
    launchType: "FARGATE",
    networkConfiguration: place.network,
  });
  const running = async () => (await call("ecs", "ListTasks", { cluster: "test", serviceName: "web" })).taskArns!;
  await expect.poll(async () => (await place.messages()).length).toBe(2);
  const [own] = await running();
  const protection = { ExpirationDate: expect.any(String), ProtectionEnabled: true, TaskArn: own };
  expect((await place.messages()).map((text) => JSON.parse(text))).toEqual([{ protection }, { protection }]);

  const second = await place.define({ image }, { taskRoleArn: place.taskRole });
  await call("ecs", "UpdateService", { ...service, taskDefinition: second, desiredCount: 1 });
  await expect.poll(async () => (await place.messages()).length).toBe(3);
  expect(JSON.parse((await place.messages())[2]!)).toMatchObject({ protection: { ProtectionEnabled: false } });
  expect(await running()).toContain(own);

  const lone = await place.run(second);
  const unprotectedMs = Date.now();
  const { protectedTasks, failures } = await call("ecs", "UpdateTaskProtection", {
    cluster: "test",
    tasks: [own!, lone.taskArn!, "f".repeat(32)],
    protectionEnabled: false,
  });
  expect(protectedTasks).toEqual([{ taskArn: own, protectionEnabled: false }]);
  expect(failures!.map(({ reason }) => reason)).toEqual(["TASK_NOT_VALID", "MISSING"]);
  expect((await place.reaches(own!, "STOPPED")).stoppingAt!.getTime()).toBeGreaterThanOrEqual(unprotectedMs);

  const [left] = (await running()).filter((arn) => arn !== own);
  await call("ecs", "UpdateTaskProtection", { cluster: "test", tasks: [left!], protectionEnabled: true });
  await call("ecs", "UpdateService", { ...service, desiredCount: 0 });
  const asked = await call("ecs", "GetTaskProtection", { cluster: "test", tasks: [left!] });
  expect(asked.protectedTasks).toEqual([{ taskArn: left, protectionEnabled: true, expirationDate: expect.any(Date) }]);
  expect(await running()).toEqual([left]);
  await expect(
    call("ecs", "UpdateTaskProtection", { cluster: "test", tasks: [left!], protectionEnabled: true, expiresInMinutes: 2881 }),
  ).rejects.toMatchObject({
    name: "InvalidParameterException",
  });
});
