/** Agreement to a destruction: protection is lifted first, then last copies, then the stage's name is typed. */
import type { DestroyedData, Destruction } from "@plinth/deployer";
import { protectedText } from "@plinth/deployer/protected";
import type { Invocation } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";

export interface Agreed {
  liftProtection: boolean;
  finalSnapshot?: boolean;
}

/** @throws Failure `protected`, `not-consented`; nothing was touched then. */
export async function consent(plan: Destruction, invocation: Invocation): Promise<Agreed> {
  const { stage, terminal, options } = invocation;
  const { colours } = terminal;
  const agreed = options["yes"] === true;
  const said = typeof options["finalSnapshot"] === "boolean" ? { finalSnapshot: options["finalSnapshot"] } : {};
  const liftProtection = options["liftProtection"] === true || plan.protectedResources.length === 0;
  if (!liftProtection && (agreed || !terminal.interactive)) throw protectedFailure(plan);
  if (agreed) return { liftProtection: true, ...said };

  terminal.note(`These stacks are deleted: ${plan.stacks.map(({ name }) => name).join(", ")}.`);
  for (const line of dataLines(plan.data, said.finalSnapshot))
    terminal.note(line.lost ? colours.red(`  ! ${line.text}`) : `    ${line.text}`);
  if (!terminal.interactive) {
    throw new Failure("Nobody is there to agree to this. Nothing was touched.", {
      code: "not-consented",
      exit: exitCode.notConsented,
      remedy: "Add --yes to agree beforehand.",
    });
  }
  if (plan.protectedResources.length > 0) {
    const names = plan.protectedResources.map(protectedText).join(", ");
    if (options["liftProtection"] === true) terminal.note(colours.yellow(`  The protection of ${names} is lifted.`));
    else {
      terminal.note(colours.yellow(`  Protected against deletion: ${names}.`));
      if (!isYes(await terminal.ask("Lift this protection? Type yes: "))) throw protectedFailure(plan);
    }
  }
  const losing = plan.data.filter(({ type, fate }) => fate === "lost" && isDatabase(type));
  let { finalSnapshot } = said;
  // On a laptop nobody wants one unasked.
  if (finalSnapshot === undefined && losing.length > 0 && stage !== "local") {
    const names = losing.map(({ key, logicalId }) => key ?? logicalId).join(", ");
    if (isYes(await terminal.ask(`Keep a last snapshot of ${names}? Type yes, or anything else for none: `))) finalSnapshot = true;
  }
  const answer = await terminal.ask(`Type ${stage} to destroy it: `);
  if (answer?.trim() === stage) return { liftProtection: true, ...(finalSnapshot !== undefined && { finalSnapshot }) };
  throw new Failure("Nothing was touched.", { code: "not-consented", exit: exitCode.notConsented });
}

const isYes = (answer: string | undefined) => answer?.trim().toLowerCase() === "yes";
const isDatabase = (type: string) => type === "AWS::RDS::DBInstance" || type === "AWS::RDS::DBCluster";

function dataLines(data: readonly DestroyedData[], finalSnapshot: boolean | undefined): { text: string; lost: boolean }[] {
  return data.map(({ text, fate, type, holds }) => {
    const size = holds === undefined ? "" : ` (${holds})`;
    if (isDatabase(type) && finalSnapshot === true && fate === "lost")
      return { text: `${text.replace(": its data is LOST", "")}${size}: a last snapshot keeps its data`, lost: false };
    if (isDatabase(type) && finalSnapshot === false && fate === "snapshot")
      return { text: `${text.replace(": a final snapshot keeps its data", "")}${size}: its data is LOST`, lost: true };
    return { text: `${text}${size}`, lost: fate === "lost" };
  });
}

function protectedFailure({ protectedResources }: Destruction): Failure {
  return new Failure(`Protected against deletion: ${protectedResources.map(protectedText).join(", ")}. Nothing was touched.`, {
    code: "protected",
    exit: exitCode.notConsented,
    remedy: "Add --lift-protection to switch that off.",
  });
}
