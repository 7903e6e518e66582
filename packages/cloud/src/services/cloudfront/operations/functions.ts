/** CloudFront Functions: made and changed in development, tested there, and published for distributions to run. */
import type { FunctionSummary } from "@aws-sdk/client-cloudfront";
import { AwsError } from "../../../aws-error.ts";
import type { Cloud } from "../../../cloud.ts";
import { checkConstraints } from "../../../constraints.ts";
import { type FunctionEvent, runFunction, unservedModule } from "../../../runtime/edge/function.ts";
import { systemTagsOf } from "../../../runtime/system-tags.ts";
import { operation } from "../../../service.ts";
import { behaviorsOf } from "../behaviors-of.ts";
import { refused } from "../errors.ts";
import { syncPlane } from "../plane.ts";
import {
  checkIfMatch,
  distributions,
  everywhere,
  type FunctionRecord,
  functions,
  type FunctionStageRecord,
  locationOf,
  newEtag,
  page,
} from "../records.ts";
import { checkTags, tagRecord } from "../tags.ts";

const mostBytes = 10_240;
type Stage = "DEVELOPMENT" | "LIVE";

function requireFunction(cloud: Cloud, name: string): FunctionRecord {
  const found = functions(cloud).get(everywhere, name);
  if (!found) throw noSuchFunction();
  return found;
}

const noSuchFunction = () => new AwsError("NoSuchFunctionExists", "The function does not exist.", 404);

function stageOf(record: FunctionRecord, stage: string | undefined): { held: FunctionStageRecord; stage: Stage } {
  if (stage !== "LIVE") return { held: record.development, stage: "DEVELOPMENT" };
  if (!record.live) throw noSuchFunction();
  return { held: record.live, stage };
}

function summary(record: FunctionRecord, { held, stage }: { held: FunctionStageRecord; stage: Stage }): FunctionSummary {
  return {
    Name: record.name,
    Status: record.live && record.live.code === record.development.code ? "DEPLOYED" : stage === "LIVE" ? "DEPLOYED" : "UNPUBLISHED",
    FunctionConfig: held.config as FunctionSummary["FunctionConfig"],
    FunctionMetadata: {
      FunctionARN: record.arn,
      Stage: stage,
      CreatedTime: new Date(record.createdMs),
      LastModifiedTime: new Date(held.modifiedMs),
    },
  };
}

const answer = (record: FunctionRecord, stage: Stage = "DEVELOPMENT") => {
  const found = stageOf(record, stage);
  return { FunctionSummary: summary(record, found) as never, ETag: found.held.etag };
};

interface Given {
  FunctionConfig: {
    Comment?: string | undefined;
    Runtime?: string | undefined;
    KeyValueStoreAssociations?: { Quantity: number | undefined } | undefined;
  };
  FunctionCode: Uint8Array;
}

function stageFrom(cloud: Cloud, { FunctionConfig: config, FunctionCode: code }: Given): FunctionStageRecord {
  checkConstraints("InvalidArgument", { "functionConfig.runtime": [config.Runtime, { enum: ["cloudfront-js-1.0", "cloudfront-js-2.0"] }] });
  if ((config.KeyValueStoreAssociations?.Quantity ?? 0) > 0) throw refused("key value stores");
  if (code.length > mostBytes)
    throw new AwsError(
      "FunctionSizeLimitExceeded",
      "The function is too large. For more information, see Quotas (formerly known as limits) in the Amazon CloudFront Developer Guide.",
      413,
    );
  const text = Buffer.from(code).toString("utf8");
  const unserved = unservedModule(text);
  if (unserved !== undefined) throw refused(unserved);
  return {
    etag: newEtag(cloud),
    code: Buffer.from(code).toString("base64"),
    config: { Comment: config.Comment ?? "", Runtime: config.Runtime! },
    modifiedMs: cloud.world.clock.nowMs(),
  };
}

export const createFunction = operation("cloudfront", "CreateFunction", (input, { cloud, account }) => {
  const { Name: name, Tags } = input;
  checkConstraints("InvalidArgument", { name: [name, { length: [1, 64], pattern: "[a-zA-Z0-9-_]{1,64}" }] });
  if (functions(cloud).has(everywhere, name))
    throw new AwsError(
      "FunctionAlreadyExists",
      "A function with the same name already exists in this AWS account. To create a function, you must provide a unique name. To update an existing function, use UpdateFunction.",
      409,
    );
  checkTags(Tags?.Items);
  const development = stageFrom(cloud, input);
  const record: FunctionRecord = {
    name,
    arn: `arn:aws:cloudfront::${account}:function/${name}`,
    config: development.config,
    createdMs: development.modifiedMs,
    tags: { ...systemTagsOf(input), ...tagRecord(Tags?.Items) },
    development,
  };
  functions(cloud).put(everywhere, name, record);
  return { ...answer(record), Location: locationOf(`function/${name}`) };
});

export const updateFunction = operation("cloudfront", "UpdateFunction", (input, { cloud }) => {
  const found = requireFunction(cloud, input.Name);
  checkIfMatch(input.IfMatch, found.development);
  const record = { ...found, development: stageFrom(cloud, input) };
  functions(cloud).put(everywhere, input.Name, record);
  return answer(record);
});

export const publishFunction = operation("cloudfront", "PublishFunction", async ({ Name, IfMatch }, { cloud }) => {
  const found = requireFunction(cloud, Name);
  checkIfMatch(IfMatch, found.development);
  const record = { ...found, live: { ...found.development, modifiedMs: cloud.world.clock.nowMs() } };
  functions(cloud).put(everywhere, Name, record);
  await syncPlane(cloud);
  return answer(record, "LIVE");
});

export const describeFunction = operation("cloudfront", "DescribeFunction", ({ Name, Stage: stage }, { cloud }) =>
  answer(requireFunction(cloud, Name), stage === "LIVE" ? "LIVE" : "DEVELOPMENT"),
);

export const getFunction = operation("cloudfront", "GetFunction", ({ Name, Stage: stage }, { cloud }) => {
  const { held } = stageOf(requireFunction(cloud, Name), stage);
  return { FunctionCode: Buffer.from(held.code, "base64") as never, ETag: held.etag, ContentType: "application/octet-stream" };
});

export const deleteFunction = operation("cloudfront", "DeleteFunction", ({ Name, IfMatch }, { cloud }) => {
  const found = requireFunction(cloud, Name);
  checkIfMatch(IfMatch, found.development);
  const used = distributions(cloud)
    .list(everywhere)
    .some(({ config }) =>
      behaviorsOf(config).some(({ FunctionAssociations }) =>
        (FunctionAssociations?.Items ?? []).some(({ FunctionARN }) => FunctionARN === found.arn),
      ),
    );
  if (used) throw new AwsError("FunctionInUse", "Cannot delete the function because it's attached to one or more cache behaviors.", 409);
  functions(cloud).delete(everywhere, Name);
  return {};
});

export const listFunctions = operation("cloudfront", "ListFunctions", (input, { cloud }) => {
  const all = functions(cloud).list(everywhere);
  const { items, size, next } = page(input.Stage === "LIVE" ? all.filter(({ live }) => live) : all, input, ({ name }) => name);
  return {
    FunctionList: {
      ...(next !== undefined && { NextMarker: next }),
      MaxItems: size,
      Quantity: items.length,
      ...(items.length > 0 && { Items: items.map((record) => summary(record, stageOf(record, input.Stage))) }),
    } as never,
  };
});

export const testFunction = operation("cloudfront", "TestFunction", ({ Name, IfMatch, Stage: stage, EventObject }, { cloud }) => {
  const record = requireFunction(cloud, Name);
  const found = stageOf(record, stage);
  checkIfMatch(IfMatch, found.held);
  let event: FunctionEvent;
  try {
    event = JSON.parse(Buffer.from(EventObject).toString("utf8")) as FunctionEvent;
  } catch {
    throw new AwsError("InvalidArgument", "The event object is not valid JSON.");
  }
  const outcome = runFunction({ name: Name, etag: found.held.etag, code: Buffer.from(found.held.code, "base64").toString("utf8") }, event);
  const kind = (outcome.value as { statusCode?: number } | undefined)?.statusCode === undefined ? "request" : "response";
  return {
    TestResult: {
      FunctionSummary: summary(record, found) as never,
      ComputeUtilization: String(outcome.utilization),
      FunctionExecutionLogs: outcome.logs,
      FunctionErrorMessage: outcome.error ?? "",
      FunctionOutput: outcome.error === undefined ? JSON.stringify({ [kind]: outcome.value }) : "",
    },
  };
});
