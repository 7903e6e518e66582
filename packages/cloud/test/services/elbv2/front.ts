/** What a test of load balancers needs: one in the default VPC, programs that answer behind it, and raw connections to it. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect } from "vitest";
import type { Input } from "../../../src/aws.ts";
import type { Call } from "../../../src/service.ts";

export type Actions = Input<"elbv2", "CreateListener">["DefaultActions"];

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface Backend extends AsyncDisposable {
  port: number;
}

/** An HTTP server on 127.0.0.1, as a target. */
export async function startBackend(answer: Handler): Promise<Backend> {
  const server = createServer(answer);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

export async function defaultNetwork(call: Call): Promise<{ vpcId: string; subnets: string[] }> {
  const { Subnets } = await call("ec2", "DescribeSubnets", {});
  return { vpcId: Subnets![0]!.VpcId!, subnets: Subnets!.slice(0, 2).map(({ SubnetId }) => SubnetId!) };
}

export async function createBalancer(call: Call, name = "front"): Promise<{ arn: string; dnsName: string }> {
  const { subnets } = await defaultNetwork(call);
  const { LoadBalancers } = await call("elbv2", "CreateLoadBalancer", { Name: name, Subnets: subnets });
  return { arn: LoadBalancers![0]!.LoadBalancerArn!, dnsName: LoadBalancers![0]!.DNSName! };
}

export async function createGroup(call: Call, name: string, more: Partial<Input<"elbv2", "CreateTargetGroup">> = {}): Promise<string> {
  const { vpcId } = await defaultNetwork(call);
  const { TargetGroups } = await call("elbv2", "CreateTargetGroup", {
    Name: name,
    Protocol: "HTTP",
    Port: 80,
    VpcId: vpcId,
    TargetType: "ip",
    ...more,
  });
  return TargetGroups![0]!.TargetGroupArn!;
}

export const forwardTo = (...arns: string[]): Actions => [
  { Type: "forward", ForwardConfig: { TargetGroups: arns.map((TargetGroupArn) => ({ TargetGroupArn, Weight: 1 })) } },
];

export const fixed = (body: string, status = "200"): Actions => [
  { Type: "fixed-response", FixedResponseConfig: { StatusCode: status, ContentType: "text/plain", MessageBody: body } },
];

/** A listener on a port that the system chose, and its address on this machine. */
export async function listen(
  call: Call,
  loadBalancer: { arn: string; dnsName: string },
  actions: Actions,
  more: Partial<Input<"elbv2", "CreateListener">> = {},
): Promise<{ arn: string; host: string; port: number; url: string }> {
  const host = loadBalancer.dnsName.replace(/:\d+$/, "");
  const port = await freePort(host);
  const { Listeners } = await call("elbv2", "CreateListener", {
    LoadBalancerArn: loadBalancer.arn,
    Port: port,
    Protocol: "HTTP",
    DefaultActions: actions,
    ...more,
  });
  return { arn: Listeners![0]!.ListenerArn!, host, port, url: `${(more.Protocol ?? "HTTP").toLowerCase()}://${host}:${port}` };
}

async function freePort(host: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, host, done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

/** Registers programs on this machine, and waits until they are healthy. */
export async function registerHealthy(call: Call, group: string, ...ports: number[]): Promise<void> {
  await call("elbv2", "RegisterTargets", { TargetGroupArn: group, Targets: ports.map((Port) => ({ Id: "127.0.0.1", Port })) });
  const states = async () =>
    (await call("elbv2", "DescribeTargetHealth", { TargetGroupArn: group })).TargetHealthDescriptions!.map(
      ({ TargetHealth }) => TargetHealth!.State!,
    );
  await expect.poll(states, { interval: 10 }).toEqual(ports.map(() => "healthy"));
}

/** Sends text as it is and gives all that came back until the connection ended, or `until` was in it. */
export function exchangeRaw({ host, port }: { host: string; port: number }, text: string | Buffer, until?: RegExp): Promise<string> {
  return new Promise((done, fail) => {
    const socket = connect({ host, port });
    let answer = "";
    socket.on("connect", () => socket.write(text));
    socket.on("data", (bytes: Buffer) => {
      answer += bytes.toString("latin1");
      if (until?.test(answer)) socket.destroy();
    });
    socket.on("close", () => done(answer));
    socket.on("error", fail);
  });
}
