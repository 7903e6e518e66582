/** `/_plinth/load-balancers`: where each listener really is on this machine, as JSON. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Cloud } from "../../cloud.ts";
import { dnsName } from "./operations/load-balancers.ts";
import { boundPortOf } from "./plane.ts";
import { listenersOf, loadBalancers } from "./records.ts";

export function serveList(_request: IncomingMessage, response: ServerResponse, cloud: Cloud): void {
  response.setHeader("Content-Type", "application/json");
  response.end(`${JSON.stringify(listLoadBalancers(cloud), undefined, 2)}\n`);
}

export function listLoadBalancers(cloud: Cloud) {
  return loadBalancers(cloud)
    .all()
    .map(({ scope: region, value: record }) => ({
      loadBalancerArn: record.arn,
      dnsName: dnsName(record),
      listeners: listenersOf({ cloud, account: cloud.account, region }, record.arn).map(({ arn, port, protocol }) => ({
        listenerArn: arn,
        port,
        url: `${protocol.toLowerCase()}://${record.address}:${boundPortOf(cloud, arn) ?? port}`,
      })),
    }));
}
