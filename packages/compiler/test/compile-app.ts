/** Compiles an app for a test: an assembly, or its faults. */
import { fileURLToPath } from "node:url";
import type { App } from "@plinth/language";
import { AppFaults, compile, type Assembly, type Fault } from "../src/index.ts";

/** The folder that messages are relative to. */
export const testFolder = fileURLToPath(new URL(".", import.meta.url));

export function assemblyOf(app: App<object, never>, stage = "prod", { local = false, configFolder = testFolder } = {}): Assembly {
  return compile(app, { stage, local, configFolder });
}

export function faultsOf(app: App<object, never>, stage = "prod", { local = false } = {}): readonly Fault[] {
  try {
    compile(app, { stage, local, configFolder: testFolder });
  } catch (error) {
    if (error instanceof AppFaults) return error.faults;
    throw error;
  }
  return [];
}

/** The resources of a stack, by its name without that of app and stage: `compute`, `database-eu-west-1`. */
export function resourcesOf({ app, stage, stacks }: Assembly, stack: string): Assembly["stacks"][number]["template"]["Resources"] {
  const found = stacks.find(({ name }) => name === `${app}-${stage}-${stack}`);
  if (!found) throw new Error(`there is no stack ${stack}`);
  return found.template.Resources;
}

export function propertiesOf(assembly: Assembly, stack: string, id: string): Readonly<Record<string, unknown>> {
  return resourcesOf(assembly, stack)[id]!.Properties!;
}

/** What security groups let in: the rule, its port, and from where. */
export function letIn(assembly: Assembly): (readonly [id: string, port: unknown, from: unknown])[] {
  return Object.entries(resourcesOf(assembly, "network"))
    .filter(([, { Type }]) => Type === "AWS::EC2::SecurityGroupIngress")
    .map(([id, { Properties: p }]) => [id, p!["FromPort"], p!["CidrIp"] ?? "a group"] as const);
}

interface Policy {
  PolicyDocument: { Statement: Record<string, unknown>[] };
}

/** Every statement of every role, with the role: inside it, or in managed policies of its own. */
export function statementsOf(assembly: Assembly): { role: string; Action: string[]; Resource: unknown; Condition?: unknown }[] {
  return assembly.stacks.flatMap(({ template: { Resources } }) =>
    Object.entries(Resources)
      .filter(([, { Type }]) => Type === "AWS::IAM::Role")
      .flatMap(([role, { Properties }]) => {
        const attached = [Properties!["ManagedPolicyArns"] ?? []].flat() as { Ref?: string }[];
        const own = attached.flatMap(({ Ref }) => (Ref === undefined ? [] : [Resources[Ref]!.Properties as unknown as Policy]));
        const policies = [...own, ...((Properties!["Policies"] ?? []) as Policy[])];
        return policies.flatMap(({ PolicyDocument }) =>
          PolicyDocument.Statement.map((one) => ({ role, ...one, Action: [one["Action"]].flat() as string[], Resource: one["Resource"] })),
        );
      }),
  );
}
