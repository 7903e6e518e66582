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
