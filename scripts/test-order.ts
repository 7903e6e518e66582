/** The order of the test files: those that take longest come first, so that no worker is left alone with one at the end. */
import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The longest first; what is not named comes after them, as the runner has it. */
const longest = [
  "packages/compiler/test/lint.test.ts",
  "examples/",
  "conformance/",
  "packages/plinth/test/",
  "packages/cloud/test/services/rds/",
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification) => {
      const path = relative(project.config.root, moduleId);
      const at = longest.findIndex((start) => path.startsWith(start));
      return at < 0 ? longest.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
