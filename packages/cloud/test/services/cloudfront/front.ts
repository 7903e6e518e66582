/** What a test of distributions needs: programs and buckets behind them, and plain requests whose answers are shown as they came. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request as plainRequest, type ServerResponse } from "node:http";
import { request as tlsRequest } from "node:https";
import type { AddressInfo } from "node:net";
import type { DistributionConfig } from "@aws-sdk/client-cloudfront";
import type { Call } from "../../../src/service.ts";

export const cachingOptimized = "658327ea-f89d-4fab-a63d-7e88639e58f6";
export const cachingDisabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
export const allViewer = "216adef6-5c7f-47e4-b989-5492eafa07d3";

export interface Origin extends AsyncDisposable {
  port: number;
  /** What it was asked, in order. */
  asked: { method: string; url: string; headers: IncomingHttpHeaders; body: string }[];
}

export async function startOrigin(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Origin> {
  const asked: Origin["asked"] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    asked.push({ method: request.method!, url: request.url!, headers: request.headers, body: Buffer.concat(chunks).toString() });
    answer(request, response);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

export const customOrigin = (id: string, port: number, more: object = {}) => ({
  Id: id,
  DomainName: "localhost",
  CustomOriginConfig: { HTTPPort: port, HTTPSPort: 443, OriginProtocolPolicy: "http-only" as const },
  ...more,
});

let references = 0;

/** A configuration with one behavior, before anything that `more` says otherwise. */
export function configOf(origins: readonly object[], more: object = {}, behavior: object = {}): DistributionConfig {
  return {
    CallerReference: `test-${++references}`,
    Comment: "",
    Enabled: true,
    Origins: { Quantity: origins.length, Items: origins as never },
    DefaultCacheBehavior: {
      TargetOriginId: (origins[0] as { Id: string }).Id,
      ViewerProtocolPolicy: "allow-all",
      CachePolicyId: cachingOptimized,
      ...behavior,
    },
    ...more,
  };
}

export interface Made {
  id: string;
  arn: string;
  /** Its DomainName: an address, perhaps with a port. */
  host: string;
}

export async function distribute(call: Call, config: DistributionConfig): Promise<Made> {
  const { Distribution } = await call("cloudfront", "CreateDistribution", { DistributionConfig: config as never });
  return { id: Distribution!.Id!, arn: Distribution!.ARN!, host: Distribution!.DomainName! };
}

export async function change(call: Call, id: string, changed: (config: DistributionConfig) => DistributionConfig): Promise<void> {
  const { DistributionConfig: config, ETag } = await call("cloudfront", "GetDistributionConfig", { Id: id });
  await call("cloudfront", "UpdateDistribution", {
    Id: id,
    IfMatch: ETag!,
    DistributionConfig: changed(config as DistributionConfig) as never,
  });
}

export interface Answered {
  status: number;
  headers: IncomingHttpHeaders;
  bytes: Buffer;
  text: string;
  cache: string;
}

/** One request on a connection of its own, its answer not decoded. */
export function ask(
  url: string,
  {
    method = "GET",
    headers = {},
    body,
    ca,
    servername,
  }: { method?: string; headers?: Record<string, string>; body?: string; ca?: string; servername?: string } = {},
): Promise<Answered> {
  return new Promise((done, fail) => {
    const secure = url.startsWith("https:");
    const request = (secure ? tlsRequest : plainRequest)(
      url,
      { method, headers, agent: false, ...(ca !== undefined && { ca }), ...(servername !== undefined && { servername }) },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", fail);
        response.on("end", () => {
          const bytes = Buffer.concat(chunks);
          done({
            status: response.statusCode!,
            headers: response.headers,
            bytes,
            text: bytes.toString(),
            cache: String(response.headers["x-cache"]).split(" ")[0]!,
          });
        });
      },
    );
    request.on("error", fail);
    request.end(body);
  });
}
