/** The parameters of a group, of instances or of clusters, as a template has them: brought to what it says. */
import type { Call } from "../../../service.ts";

interface Parameter {
  ParameterName: string;
  ParameterValue?: string;
  ApplyMethod: "immediate" | "pending-reboot";
}

/** RDS's operations for one kind of groups. */
export interface ParameterApi {
  list(call: Call, group: string, marker: string | undefined): Promise<{ parameters: ParameterPage; marker: string | undefined }>;
  modify(call: Call, group: string, parameters: Parameter[]): Promise<unknown>;
  reset(call: Call, group: string, parameters: Parameter[]): Promise<unknown>;
}

type ParameterPage = readonly { ParameterName?: string | undefined; ApplyType?: string | undefined }[];

/** RDS takes as many in a call. */
const atOnce = 20;

export function parametersOf(json: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries((json ?? {}) as Record<string, unknown>).map(([name, value]) => [name, String(value)]));
}

/** Dynamic ones at once, static ones at the next restart, as CloudFormation applies them. */
export async function setParameters(api: ParameterApi, call: Call, group: string, values: Readonly<Record<string, string>>): Promise<void> {
  const entries = Object.entries(values);
  if (entries.length === 0) return;
  const dynamic = new Set<string>();
  for (let marker: string | undefined; ;) {
    const page = await api.list(call, group, marker);
    for (const { ParameterName, ApplyType } of page.parameters) if (ApplyType === "dynamic") dynamic.add(ParameterName!);
    if (!(marker = page.marker)) break;
  }
  for (let at = 0; at < entries.length; at += atOnce) {
    const some = entries.slice(at, at + atOnce).map(([ParameterName, ParameterValue]): Parameter => ({
      ParameterName,
      ParameterValue,
      ApplyMethod: dynamic.has(ParameterName) ? "immediate" : "pending-reboot",
    }));
    await api.modify(call, group, some);
  }
}

/** From what a template said to what it says. */
export async function changeParameters(api: ParameterApi, call: Call, group: string, previous: unknown, next: unknown): Promise<void> {
  const [wanted, before] = [parametersOf(next), parametersOf(previous)];
  const gone = Object.keys(before).filter((name) => !(name in wanted));
  for (let at = 0; at < gone.length; at += atOnce) {
    await api.reset(
      call,
      group,
      gone.slice(at, at + atOnce).map((ParameterName) => ({ ParameterName, ApplyMethod: "pending-reboot" })),
    );
  }
  await setParameters(api, call, group, Object.fromEntries(Object.entries(wanted).filter(([name, value]) => before[name] !== value)));
}
