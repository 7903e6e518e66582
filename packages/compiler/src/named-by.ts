/** What a thing names outside of `env` and `uses`: routes, subscriptions, notifications, the queue it scales by. */
import { declaredOf, facetDataOf, type AnyDeclared } from "@plinth/language/reading";
import { notificationsOf } from "./bucket-notification.ts";
import { parseRoutes } from "./routes.ts";
import { subscriptionsOf } from "./topic-subscription.ts";

export interface NamedThing {
  readonly to: AnyDeclared;
  /** Where it is named: `routes["/api/*"]`. */
  readonly place: string;
}

export function namedBy(declared: AnyDeclared): NamedThing[] {
  switch (declared.kind) {
    case "loadBalancer": {
      const logs = declaredOf(declared.options.accessLogs || undefined);
      return [
        ...parseRoutes(declared).flatMap(({ key, destination }) =>
          destination.kind === "service" && destination.to ? [{ to: destination.to, place: `routes[${JSON.stringify(key)}]` }] : [],
        ),
        ...(logs ? [{ to: logs, place: "accessLogs" }] : []),
      ];
    }
    case "topic":
      return subscriptionsOf(declared).flatMap(({ queue }, i) => (queue ? [{ to: queue, place: `to[${i}]` }] : []));
    case "bucket":
      return notificationsOf(declared).flatMap(({ to }) => (to ? [{ to, place: "notify" }] : []));
    case "service": {
      const { scale } = declared.options;
      const on = typeof scale === "object" ? facetDataOf(scale.on) : undefined;
      return on ? [{ to: on.of, place: "scale.on" }] : [];
    }
    default:
      return [];
  }
}
