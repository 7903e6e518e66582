/** Why a build failed, in one line, from what the tool has written. */

/** Each tool's own last word, most telling first. */
const tellings: readonly RegExp[] = [
  // BuildKit: failed to solve: process "/bin/sh -c npm ci" did not complete successfully: exit code: 1
  /failed to solve: (.+)$/,
  // podman, buildah: Error: building at STEP "RUN npm ci": while running runtime: exit status 1
  /^Error: (building at STEP .+)$/,
  /^Error: (.+)$/,
  // docker without BuildKit: The command '/bin/sh -c npm ci' returned a non-zero code: 1
  /^(The command '.+' returned a non-zero code: \d+)$/,
  /^ERROR: (.+)$/,
  /^(denied: .+|unauthorized: .+|error (?:creating|parsing|pulling|pushing) .+)$/i,
];

/** `undefined` where nothing of the kind was said. */
export function rootCauseOf(lines: readonly string[]): string | undefined {
  for (const telling of tellings) {
    const found = lines.toReversed().flatMap((line) => telling.exec(line)?.[1] ?? []);
    if (found[0] !== undefined) return found[0].replace(/\.$/, "").concat(".");
  }
  return undefined;
}
