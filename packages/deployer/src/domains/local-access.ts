/** How the HTTPS names of a stage in the embedded cloud are reached on this machine, whose resolver does not know them. */
import { isIPv4 } from "node:net";
import type { Aws } from "../aws.ts";
import type { Outputs } from "../outputs.ts";

export interface LocalAccess {
  /** The output's name in the inventory. */
  name: string;
  url: string;
  /** Where the load balancer or the distribution listens. */
  address: string;
  port: number;
  /** The certificate of the authority to trust, a file (PEM). */
  authority: string;
  /** A command that asks for the URL. */
  command: string;
}

interface Listed {
  listeners: { port: number; url: string }[];
}

const httpsPort = 443;

/** Of the URLs among the outputs that the cloud's DNS server leads to one of its load balancers or distributions, or that are a distribution's own. */
export async function localAccess(aws: Aws, outputs: Outputs): Promise<LocalAccess[]> {
  if (aws.embedded === undefined) return [];
  const urls = Object.entries(outputs).flatMap(([name, { url }]) => (url?.startsWith("https://") ? [{ name, url }] : []));
  if (urls.length === 0) return [];
  const ask = async <T>(path: string) => (await (await fetch(new URL(path, aws.embedded))).json()) as T;
  const [dns, balancers, distributions, { authority }] = await Promise.all([
    ask<{ address?: string; port?: number }>("/_plinth/dns"),
    ask<Listed[]>("/_plinth/load-balancers"),
    ask<{ https: string }[]>("/_plinth/distributions"),
    ask<{ authority: string }>("/_plinth/certificates"),
  ]);
  if (dns.address === undefined) return [];
  const { Resolver } = await import("node:dns/promises");
  const resolver = new Resolver({ timeout: 2_000, tries: 1 });
  resolver.setServers([`${dns.address}:${dns.port}`]);
  const listeners = [
    ...balancers
      .flatMap(({ listeners: own }) => own)
      .filter(({ port, url }) => port === httpsPort && url.startsWith("https:"))
      .map(({ url }) => url),
    ...distributions.map(({ https }) => https),
  ].map((url) => new URL(url));
  const found = await Promise.all(
    urls.map(async ({ name, url }) => {
      const host = new URL(url).hostname;
      const [address] = isIPv4(host) ? [host] : await resolver.resolve4(host).catch(() => []);
      const at = listeners.find(({ hostname }) => hostname === address);
      if (address === undefined || !at) return [];
      const port = Number(at.port || httpsPort);
      const way = host === address ? "" : ` --connect-to ${host}:443:${address}:${port}`;
      const command = `curl --cacert ${authority}${way} ${url}/`;
      return [{ name, url, address, port, authority, command }];
    }),
  );
  return found.flat();
}
