/** A cloud that is killed in the middle of an update: the service comes back at its address, and the update is taken up again. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { AppRunnerClient, CreateServiceCommand, DescribeServiceCommand, UpdateServiceCommand } from "@aws-sdk/client-apprunner";
import { expect, test } from "vitest";
import { statFields } from "../../../src/world/process-table.ts";

const program = fileURLToPath(new URL("../../../bin/plinth-cloud.js", import.meta.url));

async function startCloud(state: string): Promise<{ process: ChildProcess; client: AppRunnerClient }> {
  const child = spawn(process.execPath, [program, "--state", state, "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    const { endpoint } = JSON.parse(line) as { endpoint: string };
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    return { process: child, client: new AppRunnerClient({ endpoint, region: "eu-central-1", credentials }) };
  }
  throw new Error("the cloud did not start");
}

const ended = (child: ChildProcess) =>
  child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : new Promise((done) => child.once("exit", done));

/** Whose certificate it is does not matter here. */
const get = (host: string) =>
  new Promise<string>((done, fail) => {
    const sent = request(`https://${host}/`, { rejectUnauthorized: false, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.once("end", () => done(body));
    });
    sent.once("error", fail);
    sent.end();
  });

const source = (COLOUR: string) => ({
  ImageRepository: {
    ImageIdentifier: "public.ecr.aws/docker/library/postgres:17",
    ImageRepositoryType: "ECR_PUBLIC" as const,
    ImageConfiguration: {
      Port: "3000",
      StartCommand: `node -e 'require("http").createServer((_, response) => response.end(process.env.COLOUR + " " + process.pid)).listen(3000)'`,
      RuntimeEnvironmentVariables: { COLOUR },
    },
  },
});

test("what served serves again, and an update that was under way comes to its end", async () => {
  const state = mkdtempSync(join(tmpdir(), "plinth-apprunner-"));
  const first = await startCloud(state);
  try {
    const { Service } = await first.client.send(new CreateServiceCommand({ ServiceName: "kept", SourceConfiguration: source("red") }));
    const { ServiceArn, ServiceUrl } = Service!;
    const status = async ({ client }: typeof first) => (await client.send(new DescribeServiceCommand({ ServiceArn }))).Service!.Status;
    await expect.poll(() => status(first)).toBe("RUNNING");
    const [colour, pid] = (await get(ServiceUrl!)).split(" ");
    expect(colour).toBe("red");
    await first.client.send(new UpdateServiceCommand({ ServiceArn, SourceConfiguration: source("green") }));
    first.process.kill("SIGKILL");
    await ended(first.process);

    const second = await startCloud(state);
    try {
      await expect.poll(() => status(second)).toBe("RUNNING");
      expect((await get(ServiceUrl!)).split(" ")[0]).toBe("green");
      // It was told to end when the cloud started; whether somebody has waited for it is the system's affair.
      await expect.poll(() => statFields(pid!)?.[0] ?? "Z").toBe("Z");
    } finally {
      second.client.destroy();
      second.process.kill("SIGTERM");
      await ended(second.process);
    }
  } finally {
    first.client.destroy();
    first.process.kill("SIGKILL");
    rmSync(state, { recursive: true, force: true });
  }
});
