/** What a test of App Runner needs: a cloud with roles, tiny programs as images, and a way to call services over HTTPS. */
import { readFileSync } from "node:fs";
import { request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { AppRunnerClient, DescribeServiceCommand, type Service } from "@aws-sdk/client-apprunner";
import { expect } from "vitest";
import { authorityFile } from "../../../src/runtime/authority.ts";
import type { TestServer } from "../../server.ts";
import { type Place, startPlace } from "../ecs/place.ts";

export interface Answered {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

export interface RunnerPlace<S extends TestServer> extends AsyncDisposable {
  server: S;
  place: Place & { server: S };
  client: AppRunnerClient;
  accessRole: string;
  instanceRole: string;
  /** The source of an image with this program. */
  source(name: string, program: string, more?: Record<string, unknown>): Promise<{ ImageRepository: object; [member: string]: unknown }>;
  get(url: string, path?: string, headers?: Record<string, string>, options?: object): Promise<Answered>;
  /** Waits until no operation is under way. */
  settled(arn: string): Promise<Service>;
}

export async function startRunnerPlace<S extends TestServer = TestServer>(start?: () => Promise<S>): Promise<RunnerPlace<S>> {
  const place = await (start ? startPlace<S>(start) : (startPlace() as Promise<Place & { server: S }>));
  const { server, call } = place;
  const client = new AppRunnerClient(server.client);
  const role = async (name: string, service: string, actions: string[]) => {
    const { Role } = await call("iam", "CreateRole", {
      RoleName: name,
      AssumeRolePolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
      }),
    });
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }] });
    await call("iam", "PutRolePolicy", { RoleName: name, PolicyName: "own", PolicyDocument });
    return Role!.Arn!;
  };
  const accessRole = await role("access", "build.apprunner.amazonaws.com", ["ecr:*"]);
  const instanceRole = await role("instance", "tasks.apprunner.amazonaws.com", ["ssm:GetParameter*", "secretsmanager:GetSecretValue"]);
  const ca = readFileSync(await authorityFile(server.cloud));
  return {
    server,
    place,
    client,
    accessRole,
    instanceRole,
    async source(name, program, more = {}) {
      return {
        AuthenticationConfiguration: { AccessRoleArn: accessRole },
        AutoDeploymentsEnabled: false,
        ImageRepository: {
          ImageIdentifier: await place.image(name, program),
          ImageRepositoryType: "ECR",
          ImageConfiguration: { Port: "3000", ...more },
        },
      };
    },
    get: (url, path = "/", headers = {}, options = {}) =>
      new Promise((done, fail) => {
        const secure = url.startsWith("https:");
        const send = secure ? secureRequest : plainRequest;
        const sent = send(`${url}${path}`, { headers, agent: false, ...(secure && { ca }), ...options }, (response) => {
          let body = "";
          response.setEncoding("utf8").on("data", (text: string) => (body += text));
          response.once("end", () => done({ status: response.statusCode!, headers: response.headers, body }));
        });
        sent.once("error", fail);
        sent.end();
      }),
    async settled(arn) {
      const look = async () => (await client.send(new DescribeServiceCommand({ ServiceArn: arn }))).Service!;
      await expect.poll(async () => (await look()).Status, { interval: 50 }).not.toBe("OPERATION_IN_PROGRESS");
      return look();
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      await place[Symbol.asyncDispose]();
    },
  };
}
