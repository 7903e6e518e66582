/** The paths that EventBridge takes: dots and indices, as `$.detail.items[0].id` and `$.detail.items[*].id`. */

const step = /\.([\w-]+)|\[(\d+|\*)\]|\['([^']+)'\]/uy;

/** `undefined` for what is no such path. */
function stepsOf(path: string): (string | number)[] | undefined {
  if (!path.startsWith("$")) return undefined;
  const steps: (string | number)[] = [];
  step.lastIndex = 1;
  while (step.lastIndex < path.length) {
    const found = step.exec(path);
    if (!found) return undefined;
    const [, key, index, quoted] = found;
    steps.push(key ?? quoted ?? (index === "*" ? "*" : Number(index)));
  }
  return steps;
}

export const isPath = (path: string): boolean => stepsOf(path) !== undefined;

/** What lies there; `undefined` where nothing does. A `*` gives a list of what was found. */
export function valueAt(document: unknown, path: string): unknown {
  let found: unknown[] = [document];
  let many = false;
  for (const one of stepsOf(path) ?? []) {
    if (one === "*") {
      many = true;
      found = found.flatMap((value) => (Array.isArray(value) ? (value as unknown[]) : []));
    } else {
      found = found.flatMap((value) => {
        const held =
          typeof value === "object" && value !== null && Object.hasOwn(value, one) ? (value as Record<string, unknown>)[one] : undefined;
        return held === undefined ? [] : [held];
      });
    }
  }
  return many ? found : found[0];
}
