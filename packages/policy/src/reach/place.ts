/** Where something comes from or goes to: the internet, a program, a store of data, what forwards, an entrance to AWS's services. */
import type { Ports } from "./groups.ts";

export type PlaceKind = "internet" | "program" | "store" | "load balancer" | "distribution" | "proxy" | "endpoint";

export interface Place {
  /** The inventory key where the app has one for it, else its logical id. */
  name: string;
  kind: PlaceKind;
  /** The thing of the app that it is a part of. */
  key?: string;
  /** `stack/LogicalId`; empty for the internet and for programs that no resource runs. */
  id: string;
  type: string;
  /** `plinth.config.ts:7` */
  source?: string;
  /** Ids of its security groups. */
  groups: readonly string[];
  /** Ids of its subnets. */
  subnets: readonly string[];
  /** Whether its machines have public addresses. */
  publicAddress: boolean;
  /** Where it listens. */
  listens: readonly Ports[];
  /** Whether it stands outside of every network, as AWS's own: the internet is then its network. */
  outside?: boolean;
  /** Ids of the places to which it hands on what it gets, with the port there. */
  forwardsTo?: readonly { id: string; ports: readonly Ports[] }[];
}

export const internet: Place = {
  name: "internet",
  kind: "internet",
  id: "internet",
  type: "",
  groups: [],
  subnets: [],
  publicAddress: true,
  listens: [{ protocol: "any", from: 0, to: 65_535 }],
  outside: true,
};

/** What hands on requests of others, and is therefore on the way and not at its end. */
export const forwards = ({ kind }: Place): boolean => kind === "load balancer" || kind === "distribution" || kind === "proxy";

/** What says something by itself. */
export const isSource = ({ kind }: Place): boolean => kind !== "store" && kind !== "endpoint";
