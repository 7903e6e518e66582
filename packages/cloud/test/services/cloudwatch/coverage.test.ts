/** The resource types of logs, CloudWatch, SNS and S3 say of every published property whether it acts, is recorded or is refused. */
import { resourceTypeSchema } from "@plinth/cloudformation/resource-types";
import { expect, it } from "vitest";
import type { Coverage } from "../../../src/resource.ts";
import { cloudwatch } from "../../../src/services/cloudwatch/index.ts";
import { logs } from "../../../src/services/logs/index.ts";
import { s3 } from "../../../src/services/s3/index.ts";
import { sns } from "../../../src/services/sns/index.ts";

const types = [logs, cloudwatch, sns, s3].flatMap((service) => Object.entries(service.resources ?? {}));

it.each(types.map(([type, handler]) => [type, handler.coverage as Coverage<unknown>] as const))("%s", (type, coverage) => {
  const placed = [...coverage.real, ...(coverage.recorded ?? []), ...Object.keys(coverage.refused ?? {})] as string[];
  const published = Object.keys(resourceTypeSchema(type)!.properties);
  expect(placed.filter((name) => !name.includes(".")).toSorted()).toEqual(published.toSorted());
});
