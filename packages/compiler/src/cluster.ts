/** The ECS cluster of the app's stage, with both of Fargate's capacity providers. */
import type { AnyDeclared } from "@plinth/language/reading";
import { needsContainerInsights } from "./backlog-scaling.ts";
import type { Compilation } from "./compilation.ts";
import { databasesOf } from "./inventory.ts";
import type { Made } from "./value.ts";

/** Whether any program calls this service by its internal URL. */
export function isCalled({ programs }: Pick<Compilation, "programs">, declared: AnyDeclared): boolean {
  if (declared.kind === "service" && declared.options.entrance) return false; // by its public URL
  return calledBy(programs).has(declared);
}

const called = new WeakMap<Compilation["programs"], ReadonlySet<AnyDeclared>>();

/** Everything that some program names, made once for the programs of an app. */
function calledBy(programs: Compilation["programs"]): ReadonlySet<AnyDeclared> {
  let found = called.get(programs);
  if (!found) called.set(programs, (found = new Set(programs.flatMap(({ reaches }) => reaches))));
  return found;
}

export function buildCluster(compilation: Compilation): Made | undefined {
  const { draft, stem, programs, inventory } = compilation;
  if (programs.length === 0 && databasesOf(inventory).length === 0) return undefined;
  const connects = inventory.of("service").some(({ declared }) => isCalled(compilation, declared));
  const insights = inventory.of("alarms")[0]?.declared.options.insights ?? needsContainerInsights(compilation);
  const origin = { key: "cluster" };
  const cluster = draft.add("network", "Cluster", origin, () => ({
    Type: "AWS::ECS::Cluster",
    Properties: {
      ClusterName: stem,
      ClusterSettings: [{ Name: "containerInsights", Value: insights ? "enabled" : "disabled" }],
      ...(connects && { ServiceConnectDefaults: { Namespace: stem } }),
    },
  }));
  draft.add("network", "ClusterCapacity", origin, (here) => ({
    Type: "AWS::ECS::ClusterCapacityProviderAssociations",
    Properties: {
      Cluster: here.take(cluster.ref()),
      CapacityProviders: ["FARGATE", "FARGATE_SPOT"],
      DefaultCapacityProviderStrategy: [{ CapacityProvider: "FARGATE", Weight: 1 }],
    },
  }));
  return cluster;
}
