/** The difference of templates as people read it: changes by risk, what becomes of data, what else differs, a sum. */
import { howToTransform } from "@plinth/cloudformation";
import type { TemplateDiff } from "@plinth/deployer/plan/template-diff";
import type { Style } from "./change-lines.ts";
import { dataLines } from "./data-lines.ts";
import { changeSections, summaryText } from "./plan-text.ts";
import { wrapped } from "./width.ts";

export function diffText(diff: TemplateDiff, style: Style): string[] {
  const { colours, columns } = style;
  const sections = changeSections(diff.layers, style);
  const data = dataLines(diff, style);
  if (data.length > 0) sections.push(data);
  const others = diff.layers.flatMap(({ stack, others: some }) =>
    some.map(({ section, name, change }) => `  ${{ add: "+", change: "~", remove: "-" }[change]} ${section} ${name} ${colours.dim(stack)}`),
  );
  if (others.length > 0) sections.push([colours.bold("besides resources"), ...others.flatMap((line) => wrapped(line, columns))]);
  if (diff.unknownTypes.length > 0)
    sections.push(
      wrapped(
        colours.dim(`Types whose update behaviour is not known here, so that any change may replace: ${diff.unknownTypes.join(", ")}`),
        columns,
      ),
    );
  for (const { stack, transform } of diff.notTransformed)
    sections.push(wrapped(colours.yellow(`what ${transform} makes of ${stack} is not compared: ${howToTransform}`), columns));
  return [...sections.flatMap((lines) => [...lines, ""]), ...wrapped(summaryText({ ...diff, images: [] }), columns)];
}
