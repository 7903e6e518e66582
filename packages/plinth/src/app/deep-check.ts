/** AWS's own validator of templates over a system, loaded only when it is asked for: it is large and takes seconds. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import type { Facts, Finding } from "@plinth/policy";
import { exitCode } from "../exit-code.ts";
import { Failure } from "../failure.ts";

/** What of the validator's interface is used (its index.d.ts). */
interface Validator {
  version(): string;
  RegoEngine: new (configuration: { guardRules?: { name: string; content: string }[] }) => {
    validateStandard(
      template: { path: string; readBytes(): Uint8Array },
      options: { severityLevel: "WARN"; pseudoParameterOverrides?: { region?: string } },
    ): { status: string; diagnostics: Diagnostic[] };
    free(): void;
  };
}

interface Diagnostic {
  ruleId: string;
  severity: "FATAL" | "ERROR" | "WARN";
  message: string;
  source: string;
  entity?: { logicalId: string; entityType: string };
  propertyPath?: string;
  suggestedFix?: string;
}

const packageName = "@aws/cloudformation-validate";
const wanted = "1.14.0";

/**
 * @param folder the app's: the validator may be installed there.
 * @param guardFile a file of CloudFormation Guard rules.
 * @throws Failure where the validator is not installed, or cannot read a template or the rules.
 */
export async function deepFindings(
  facts: Facts,
  folder: string,
  guardFile: string | undefined,
): Promise<{ findings: Finding[]; validator: string }> {
  const validator = loadValidator(folder);
  const guardRules = guardFile === undefined ? [] : [{ name: guardFile, content: await readRules(guardFile, folder) }];
  let engine: InstanceType<Validator["RegoEngine"]>;
  try {
    engine = new validator.RegoEngine({ guardRules });
  } catch (error) {
    throw new Failure(`${guardFile ?? "The validator"} cannot be read: ${text(error)}`, {
      code: "bad-rules",
      exit: exitCode.usage,
      cause: error,
    });
  }
  try {
    const findings = facts.stacks.flatMap(({ name: stack, template, region }) => {
      const bytes = Buffer.from(JSON.stringify(template));
      const report = engine.validateStandard(
        { path: `${stack}.json`, readBytes: () => bytes },
        // What is below tells which properties replace, and which resources lack tags: hundreds of lines.
        { severityLevel: "WARN", pseudoParameterOverrides: region === undefined ? {} : { region } },
      );
      if (report.status !== "OK" && report.diagnostics.length === 0) {
        throw new Failure(`${packageName} could not look at ${stack}: ${report.status}.`, { code: "validator", exit: exitCode.failed });
      }
      return report.diagnostics.map((one) => toFinding(one, stack, facts));
    });
    return { findings, validator: `${packageName} ${validator.version()}` };
  } finally {
    engine.free();
  }
}

/** Of the app before that of plinth. */
function loadValidator(folder: string): Validator {
  for (const from of [join(folder, "package.json"), import.meta.url]) {
    try {
      return createRequire(from)(packageName) as Validator;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    }
  }
  throw new Failure(`--deep needs ${packageName}, which is not installed.`, {
    code: "no-validator",
    exit: exitCode.environment,
    // Registries have been seen that do not have it: the newest that they have is read as well.
    remedy: `npm install --save-dev --save-exact ${packageName}@${wanted}, or the newest that npm view ${packageName} versions lists.`,
  });
}

async function readRules(file: string, folder: string): Promise<string> {
  try {
    return await readFile(resolve(folder, file), "utf8");
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${text(error)}`, {
      code: "no-rules",
      exit: exitCode.usage,
      remedy: "--rules takes a file of CloudFormation Guard rules.",
      cause: error,
    });
  }
}

/** What CloudFormation would refuse is grave; so is what a rule of one's own says. */
function toFinding(
  { ruleId, severity, message, source, entity, propertyPath, suggestedFix }: Diagnostic,
  stack: string,
  facts: Facts,
): Finding {
  const resource = entity?.entityType === "Resource" ? facts.find(stack, entity.logicalId) : undefined;
  return {
    rule: ruleId,
    severity: severity === "FATAL" || severity === "ERROR" ? "high" : "medium",
    controls: [],
    name: resource?.key ?? entity?.logicalId ?? stack,
    stack,
    ...(entity && { logicalId: entity.logicalId }),
    ...(resource && { type: resource.type }),
    ...(resource?.source !== undefined && { source: resource.source }),
    what: `${message.trim()}${propertyPath === undefined ? "" : ` (${propertyPath})`}`,
    reason: `${packageName} says so (${source.toLowerCase()}).`,
    remedy: suggestedFix ?? "See the rule's documentation.",
  };
}

const text = (error: unknown) => (error instanceof Error ? error.message : String(error));
