/** Published versions: PublishVersion, ListVersionsByFunction. */
import { originOf } from "../../../runtime/system-tags.ts";
import { operation } from "../../../service.ts";
import { check, revisionMismatch } from "../errors.ts";
import { described, findFunction } from "../function.ts";
import { lambdaPage } from "../page.ts";
import { publishVersion as published, versionKey, versionsOf } from "../version.ts";

export const publishVersion = operation("lambda", "PublishVersion", (input, context) => {
  const { FunctionName, Description, CodeSha256, RevisionId } = input;
  check({ description: [Description, { length: [0, 256] }] });
  const latest = findFunction(context, FunctionName);
  if (RevisionId !== undefined && RevisionId !== latest.revisionId) throw revisionMismatch();
  const made = published(context, latest, { description: Description, codeSha256: CodeSha256, token: originOf(input)?.token });
  return described(made, made.version, `${made.arn}:${made.version}`);
});

export const listVersionsByFunction = operation("lambda", "ListVersionsByFunction", ({ FunctionName, Marker, MaxItems }, context) => {
  const latest = findFunction(context, FunctionName);
  const all = [
    { key: "", shown: described(latest, "$LATEST", `${latest.arn}:$LATEST`) },
    ...versionsOf(context, latest.name).map((one) => ({
      key: versionKey(latest.name, one.version),
      shown: described(one, one.version, `${one.arn}:${one.version}`),
    })),
  ];
  const { items, next } = lambdaPage(all, { Marker, MaxItems }, ({ key }) => key);
  return { Versions: items.map(({ shown }) => shown), ...next };
});
