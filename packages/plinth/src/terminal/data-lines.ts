/** What becomes of data, a line for each thing that holds some; what is merely kept is said together unless everything is asked for. */
import type { DataFate, Plan } from "@plinth/deployer";
import type { Style } from "./change-lines.ts";
import { table } from "./table.ts";
import { ofWidth, wrapped } from "./width.ts";

/** There are many of these, and their loss is a smaller one: said by number while nothing happens to them. */
const manyOf: Record<string, string> = {
  "AWS::Logs::LogGroup": "log group",
  "AWS::SQS::Queue": "queue",
  "AWS::SecretsManager::Secret": "secret",
};

export function dataLines({ data }: Pick<Plan, "data">, { colours, columns, verbose }: Style): string[] {
  if (data.length === 0) return [];
  const touched = data.filter(isTouched);
  const calm = data.filter((one) => !isTouched(one));
  const single = calm.filter(({ type }) => verbose || !Object.hasOwn(manyOf, type));
  const folded = calm.filter((one) => !single.includes(one));
  const rows = single.map(({ key, logicalId, fate, protection }) => [
    ofWidth(key ?? logicalId, 30),
    fate === "new" ? colours.green("made, empty") : colours.green("kept"),
    protection.length > 0 ? colours.dim(protection.join(", ")) : colours.yellow("no protection"),
  ]);
  const counted = [...Map.groupBy(folded, ({ type, fate }) => `${type} ${fate}`).values()].map((group) => {
    const word = manyOf[group[0]!.type]!;
    return `${group.length} ${word}${group.length === 1 ? "" : "s"} ${group[0]!.fate === "new" ? "made" : "kept"}`;
  });
  return [
    colours.bold("data"),
    ...touched.flatMap((one) => touchedLines(one).flatMap((line) => wrapped(line, columns))),
    ...table(rows, "  ").flatMap((line) => wrapped(line, columns)),
    ...(counted.length > 0 ? wrapped(colours.dim(`  ${counted.join(", ")}`), columns) : []),
  ];

  function touchedLines({ text, fate, protection }: DataFate): string[] {
    const line = fate === "lost" ? colours.red(`  ! ${text}`) : colours.yellow(`    ${text}`);
    const stands = fate === "modified" && protection.length > 0 ? [colours.dim(`      ${protection.join(", ")}`)] : [];
    return [line, ...stands];
  }
}

const isTouched = ({ event }: DataFate) => event !== "none" && event !== "created";
