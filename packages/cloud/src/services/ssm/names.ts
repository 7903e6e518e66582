/** What a parameter may be called, and what a path to parameters looks like. */
import { AwsError } from "../../aws-error.ts";
import { hierarchyLevelLimit, validation } from "./errors.ts";

/** Slashes in a name at the most, the leading one included (AWS: fifteen levels). */
const levelLimit = 15;
/** Of the name as it appears in its ARN, which AWS counts (docs: "maximum length 1011"). */
const lengthLimit = 1011;

/** @throws AwsError in the words of PutParameter. */
export function checkName(name: string): void {
  const lower = name.toLowerCase();
  if (name.includes("/")) {
    if (!name.startsWith("/")) throw validation("Parameter name must be a fully qualified name.");
    if (lower.startsWith("/aws")) throw new AwsError("AccessDeniedException", `No access to reserved parameter name: ${name}.`);
  }
  if (lower.startsWith("/ssm") || !/^[a-zA-Z0-9_./-]+$/.test(name) || name.endsWith("/") || name.includes("//")) {
    throw validation(
      'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
    );
  }
  if (lower.startsWith("aws") || lower.startsWith("ssm"))
    throw validation('Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).');
  if (name.split("/").length - 1 > levelLimit) throw hierarchyLevelLimit();
  if (name.length > lengthLimit) throw validation(`Parameter name must not exceed ${lengthLimit} characters.`);
}

/** @throws AwsError in the words of GetParametersByPath and the Path filter. */
export function checkPath(path: string): void {
  if (/^\/(?:[a-zA-Z0-9_.-]+(?:\/[a-zA-Z0-9_.-]+)*\/?)?$/.test(path)) return;
  throw validation(
    'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/". ' +
      'It can\'t be prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). ' +
      'Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.',
  );
}

/** Whether `name` lies below `path`: at any depth, or directly. A name without a slash lies directly below `/`. */
export function isBelow(path: string, name: string, recursive: boolean): boolean {
  const folder = path.endsWith("/") ? path : `${path}/`;
  const full = name.startsWith("/") ? name : `/${name}`;
  if (!full.startsWith(folder)) return false;
  return recursive || !full.slice(folder.length).includes("/");
}
