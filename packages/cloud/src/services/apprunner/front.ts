/** Where a service is reached: HTTPS with a certificate of the cloud's authority at its own address, and plain HTTP that leads there. */
import { placeAddressHealth } from "../../runtime/address-health.ts";
import { canListen, claimAddress, claimPort, ownAddresses, releaseAddress } from "../../runtime/addresses.ts";
import { certificateFor } from "../../runtime/authority.ts";
import type { Answer } from "../../runtime/load-balancer/answers.ts";
import { loadBalancer } from "../../runtime/load-balancer/load-balancer.ts";
import type { RandomSource } from "../../runtime/load-balancer/random-source.ts";
import type { ClientRequest } from "../../runtime/load-balancer/request.ts";
import type { CertificateSpec, ListenerSpec, LoadBalancerSpec, RuleSpec } from "../../runtime/load-balancer/specification.ts";
import type { TargetGroup } from "../../runtime/load-balancer/target-group.ts";
import type { RequestRecord } from "../../runtime/load-balancer/traffic.ts";
import { placeMovedPorts } from "../../runtime/moved-ports.ts";
import { envoyManner } from "./manner.ts";
import type { Scope } from "./names.ts";
import { activeNames, type ServiceRecord } from "./service.ts";
import { requestTimeoutMs } from "./version.ts";

export interface Front {
  /** The version that gets the requests from now on; none: they are answered 404. */
  route(version: { key: string } | undefined): Promise<void>;
  /** After a change of the service's domains. */
  renew(): Promise<void>;
  stop(): Promise<void>;
}

export interface FrontOptions {
  random: RandomSource;
  groupOf(key: string): TargetGroup | undefined;
  /** The answer to a request that is not let in. */
  admit(request: ClientRequest): Answer | undefined;
  finished(record: RequestRecord): void;
  isWell(): boolean;
  /** The service as it is now. */
  record(): ServiceRecord | undefined;
}

const plainPort = 80;
const securePort = 443;
const portOwner = (arn: string, port: number) => `apprunner/${arn}:${port}`;

/** An address for a new service, kept until it is deleted; a port with it where this user may not listen on 443. */
export async function claimFront({ cloud }: Scope, arn: string): Promise<Pick<ServiceRecord, "address" | "entryPort">> {
  const { address, port } = await claimAddress(cloud, `apprunner/${arn}`, 0);
  const low = ownAddresses && (await canListen(address, securePort));
  return { address, ...(!low && { entryPort: port }) };
}

export function releaseFront({ cloud }: Scope, arn: string): void {
  for (const owner of [`apprunner/${arn}`, portOwner(arn, plainPort), portOwner(arn, securePort)]) releaseAddress(cloud, owner);
}

export async function openFront(scope: Scope, first: ServiceRecord, options: FrontOptions): Promise<Front> {
  const { cloud } = scope;
  const { arn, address, entryPort } = first;
  const plain = await claimPort(cloud, portOwner(arn, plainPort), address, plainPort);
  const secure = await claimPort(cloud, portOwner(arn, securePort), address, securePort);
  const movedPorts = new Map([
    [plainPort, plain],
    [securePort, secure],
  ]);
  placeMovedPorts(cloud, address, movedPorts);
  placeAddressHealth(cloud, address, options.isWell);
  let certificates = await certificatesOf(scope, first);
  let routed: string | undefined;

  const listener = (protocol: "HTTP" | "HTTPS", action: RuleSpec["action"]): ListenerSpec => ({
    arn: `${arn}:${protocol}`,
    protocol,
    port: protocol === "HTTP" ? plainPort : securePort,
    boundPort: protocol === "HTTP" ? plain : secure,
    rules: [{ arn: `${arn}:${protocol}:rule`, priority: "default", conditions: [], action, transforms: [] }],
    certificates: protocol === "HTTPS" ? certificates : [],
    minimumTls: "TLSv1.2",
    maximumTls: "TLSv1.3",
    responseHeaders: [["server", envoyManner.serverName]],
    serverHeader: true,
    tlsVersionHeader: "X-Amzn-Tls-Version",
    tlsCipherHeader: "X-Amzn-Tls-Cipher-Suite",
  });
  const spec = (): LoadBalancerSpec => ({
    arn,
    address,
    settings: {
      idleTimeoutMs: requestTimeoutMs,
      requestTimeoutMs,
      clientKeepAliveMs: 3_600_000,
      dropInvalidHeaders: false,
      preserveHost: true,
      forwardedFor: "append",
      forwardedClientPort: false,
      tlsHeaders: false,
      http2: false,
      wafFailOpen: false,
    },
    listeners: [
      listener("HTTP", {
        type: "redirect",
        status: 301,
        protocol: "https",
        host: "#{host}",
        port: "443",
        path: "/#{path}",
        query: "#{query}",
      }),
      listener(
        "HTTPS",
        routed === undefined
          ? { type: "fixed-response", status: 404, contentType: "text/plain", body: "" }
          : { type: "forward", targetGroups: [{ arn: routed, weight: 1 }], stickySeconds: undefined },
      ),
    ],
  });
  const balancer = loadBalancer(
    {
      clock: cloud.world.clock,
      random: options.random,
      secret: Buffer.from(arn),
      groupOf: options.groupOf,
      firewall: () => undefined,
      manner: envoyManner,
      admit: options.admit,
      traffic: { finished: options.finished, connected: () => {}, disconnected: () => {}, tlsFailed: () => {} },
      entryPort,
    },
    { ...spec(), listeners: [] },
  );
  await balancer.update(spec());
  return {
    async route(version) {
      routed = version?.key;
      await balancer.update(spec());
    },
    async renew() {
      const record = options.record();
      if (record) certificates = await certificatesOf(scope, record);
      await balancer.update(spec());
    },
    async stop() {
      await balancer.stop();
      placeMovedPorts(cloud, address, undefined);
      placeAddressHealth(cloud, address, undefined);
    },
  };
}

/** Its own name and address, and one for each domain that is proven. */
async function certificatesOf({ cloud, region }: Scope, record: ServiceRecord): Promise<CertificateSpec[]> {
  const { arn, id, address } = record;
  const { files } = cloud.world.disk;
  const make = async (owner: string, names: string[], addresses: string[]): Promise<CertificateSpec> => {
    const made = await certificateFor(cloud, { owner, names, addresses });
    return {
      arn: owner,
      names,
      certificatePem: await files.readFile(made.certificateFile, "utf8"),
      keyPem: await files.readFile(made.keyFile, "utf8"),
    };
  };
  const own = await make(arn, [`${id.slice(0, 10)}.${region}.awsapprunner.com`], [address]);
  return [own, ...(await Promise.all(activeNames(record).map((names) => make(`${arn}:${names[0]!}`, names, []))))];
}
