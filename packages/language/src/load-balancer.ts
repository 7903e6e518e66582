/** A public load balancer: requests come in by path and host, and go to services. */
import type { Bucket } from "./bucket.ts";
import { declare, type Declaration } from "./declaration.ts";
import type { Duration } from "./duration.ts";
import type { standsInBrowser, standsInEnv, standsInRoutes, standsInText, standsInUses } from "./env.ts";
import type { Firewall } from "./firewall.ts";
import type { Override } from "./override.ts";

/** Something that takes requests: a service with a port. */
export interface Routable {
  readonly [standsInRoutes]: "takes requests";
}

/** A route beyond path, host and service. */
export type Route =
  /** To a service, where the request also is so. */
  | {
      readonly to: Routable;
      /** Only these methods: `["GET", "HEAD"]`. @default all */
      readonly methods?: readonly string[];
      /** Only with these headers, each with one of its values, in which `*` and `?` stand for any: `{ "x-beta": ["yes"] }`. @default any */
      readonly headers?: Readonly<Record<string, readonly string[]>>;
      /** Only with these parameters in the query, each with one of its values. @default any */
      readonly query?: Readonly<Record<string, readonly string[]>>;
      /** Only from these addresses: `["203.0.113.0/24"]`. @default anywhere */
      readonly from?: readonly string[];
    }
  /** To another address. `#{host}`, `#{path}`, `#{port}`, `#{protocol}` and `#{query}` stand for those of the request. */
  | {
      /** `"https://www.example.com/#{path}"`, or a path of this host. */
      readonly redirect: string;
      /** Browsers may remember it (301) or not (302). @default false */
      readonly permanent?: boolean;
    }
  /** A fixed answer. */
  | {
      /** The status, 200 to 599 without 3xx. */
      readonly respond: number;
      /** At most 1024 characters. @default none */
      readonly body?: string;
      /** @default "text/plain" */
      readonly type?: "text/plain" | "text/html" | "text/css" | "application/javascript" | "application/json";
    };

/**
 * Routes by path (`"/api/*"`), or by host and path (`"api.example.com/v1/*"`). `*` stands for any characters, `?` for one; `"/api/*"` is
 * not `"/api"`. Whatever their order, an exact path goes before a pattern, a longer pattern before a shorter one, one with a host
 * before one without. What no route fits is answered with 404.
 */
export type Routes = Readonly<Record<string, Routable | Route>>;

/** A sentence where a key is no route. */
type CheckedRoutes<R> = {
  readonly [K in keyof R]: string extends K
    ? unknown
    : K extends `/${string}` | `${string}.${string}/${string}`
      ? unknown
      : `${K & string} is no route: write a path that begins with /, or a host and a path`;
};

/** A name with TLS. */
export interface Domain {
  /** The name: `api.example.com`. */
  readonly name: string;
  /** The zone in Route 53 in which it lies: `example.com`, public and in the same account. */
  readonly zone: string;
  /**
   * Make the zone where the account has none. It stays when the stage is destroyed, for its registrar leads to it. In the embedded cloud it is always made.
   * @default false
   */
  readonly createZone?: boolean;
}

export interface LoadBalancerOptions<R extends Routes = Routes> {
  /** Which requests go where. */
  readonly routes: R & CheckedRoutes<R>;
  /** A name with a certificate of its own, or several; port 80 then leads to 443. The first one is its URL. @default AWS's own name, without TLS */
  readonly domain?: Domain | readonly Domain[] | undefined;
  /** A certificate of the app's region that is there already, by its ARN; port 80 then leads to 443. It stands in place of the domains' own. @default none */
  readonly certificate?: `arn:${string}:acm:${string}` | undefined;
  /** Requests of one browser go to the same copy of a service, for so long (1 second to 7 days) after the last one. @default "1 day" */
  readonly sticky?: false | Duration;
  /** How long a connection may be quiet, 1 second to 4000 seconds. A WebSocket without pings is cut then. @default "1 hour" */
  readonly idleTimeout?: Duration;
  /** How long a copy that goes may finish its requests, 0 seconds to 1 hour. @default "30 seconds" */
  readonly drain?: Duration;
  /** A record of each request, into this bucket of the app; `false` for none. @default in production stages, into a bucket of the stage's own */
  readonly accessLogs?: Bucket | false;
  /** What is refused before it reaches a service. @default nothing */
  readonly firewall?: Firewall;
  /** Refuse to be deleted until this is taken away. @default in production stages */
  readonly protect?: boolean;
  /** What AWS calls it: 1 to 32 letters, digits and `-`. @default generated */
  readonly name?: string;
  /** Changes to what is generated. `TargetGroup` and `ListenerRule` are asked for each of them. @default none */
  readonly override?: Override<{
    LoadBalancer: "AWS::ElasticLoadBalancingV2::LoadBalancer";
    Listener: "AWS::ElasticLoadBalancingV2::Listener";
    ListenerRule: "AWS::ElasticLoadBalancingV2::ListenerRule";
    TargetGroup: "AWS::ElasticLoadBalancingV2::TargetGroup";
    SecurityGroup: "AWS::EC2::SecurityGroup";
    WebACL: "AWS::WAFv2::WebACL";
  }>;
}

/** A load balancer. In `env` and in `text` it stands for its public URL: `https://api.example.com`, or `http://` and AWS's own name. */
export interface LoadBalancer extends Declaration<"loadBalancer"> {
  readonly [standsInEnv]: "may stand in env";
  readonly [standsInUses]: "a load balancer cannot stand in uses: everybody reaches it";
  readonly [standsInText]: "may stand in text";
  readonly [standsInBrowser]: "may reach the browser";
}

/** Declares a public load balancer. */
export function loadBalancer<const R extends Routes>(options: LoadBalancerOptions<R>): LoadBalancer {
  return declare("loadBalancer", options as unknown as LoadBalancerOptions);
}
