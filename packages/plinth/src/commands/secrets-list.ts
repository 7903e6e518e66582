/** `plinth secrets list`: show which secrets and settings have a value, and since when. */
import type { Assembly } from "@plinth/compiler";
import type { Aws, SecretState, Status } from "@plinth/deployer";
import { loadApp } from "../app/load-app.ts";
import type { Command } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { connectForPlan } from "../target.ts";
import { ago, rotationText } from "../terminal/status-text.ts";
import { table } from "../terminal/table.ts";

export const command: Command = {
  summary: "Show which secrets and settings have a value, and since when",
  about: "stage",
  json: true,
  examples: [{ command: "plinth secrets list --stage prod", what: "the secrets of prod, without their values" }],
  async run(invocation) {
    const { json, terminal } = invocation;
    const assembly = await loadApp(invocation);
    const aws = await connectForPlan(invocation, assembly);
    const { secretStates } = await import("@plinth/deployer/secrets/slots");
    const states = aws ? await secretStates(aws, assembly.secrets) : assembly.secrets.map((slot): SecretState => ({ slot }));
    const rotations = aws && assembly.rotations.some(({ schedule }) => schedule) ? await readRotations(aws, assembly) : [];
    aws?.close();
    const rows = states.map(({ slot, version, changedAt, missingFields }) => ({
      name: slot.name,
      kind: slot.kind,
      store: slot.store,
      id: slot.id,
      required: slot.required,
      present: version !== undefined,
      ...(version === undefined ? {} : { version }),
      ...(changedAt ? { changedAt: changedAt.toISOString() } : {}),
      usedBy: slot.usedBy,
      ...(slot.fields ? { fields: slot.fields } : {}),
      ...(missingFields ? { missingFields } : {}),
    }));
    if (json) {
      terminal.print(JSON.stringify([...rows, ...rotations.map((one) => ({ kind: "rotation", ...one }))], undefined, 2));
      return exitCode.done;
    }
    if (rows.length === 0 && rotations.length === 0) terminal.note(`${assembly.app} declares no secrets and no settings.`);
    const { colours } = terminal;
    const lines = rows.map(({ name, present, required, changedAt, id, usedBy, missingFields }) => [
      name,
      missingFields
        ? colours.red(`without ${missingFields.join(", ")}`)
        : present
          ? colours.green("present")
          : required
            ? colours.red("missing")
            : colours.dim("missing, optional"),
      changedAt === undefined ? "" : `changed ${ago(new Date(changedAt), new Date())}`,
      colours.dim(id),
      usedBy.length > 0 ? colours.dim(`for ${usedBy.join(", ")}`) : "",
    ]);
    for (const line of table(lines)) terminal.print(line);
    const turns = rotations.map((one) => [one.name, ...rotationText(one, colours, new Date())]);
    for (const line of table(turns)) terminal.print(line);
    return exitCode.done;
  },
};

/** Of the generated logins and tokens those that change by themselves. */
async function readRotations(aws: Aws, assembly: Assembly): Promise<NonNullable<Status["rotations"]>> {
  const [{ scheduledRotations }, { rotationStatus }, { describeStage }] = await Promise.all([
    import("@plinth/deployer/secrets/rotation/scheduled"),
    import("@plinth/deployer/status"),
    import("@plinth/deployer/stacks/stack-state"),
  ]);
  return (await scheduledRotations(aws, assembly, await describeStage(aws, assembly))).map(rotationStatus);
}
