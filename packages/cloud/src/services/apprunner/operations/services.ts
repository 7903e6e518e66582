/** Operations on services; each that changes one answers at once, and goes on afterwards. */
import { originOf, systemTagsOf } from "../../../runtime/system-tags.ts";
import { operation } from "../../../service.ts";
import { autoScalings, isProvided, summaryOf } from "../auto-scaling.ts";
import { beginOperation } from "../deployment.ts";
import { check, invalidRequest, invalidState, nameTaken } from "../errors.ts";
import { claimFront } from "../front.ts";
import { arnOf, newId, type Scope } from "../names.ts";
import { page } from "../pages.ts";
import { namePattern, readConfiguration } from "../service-input.ts";
import { describeService as describe, requireService, type ServiceRecord, services, summaryOfService } from "../service.ts";
import { readTags } from "../tags.ts";

function view(scope: Scope, record: ServiceRecord) {
  const all = autoScalings(scope);
  const used = all.find(({ arn }) => arn === record.configuration.autoScalingArn) ?? all.find(isProvided)!;
  return describe(record, summaryOf(scope, used));
}

/** Throws InvalidStateException unless the service is in one of these states. */
function require(scope: Scope, arn: string, act: string, states: readonly ServiceRecord["status"][]): ServiceRecord {
  const record = requireService(scope, arn);
  if (!states.includes(record.status)) throw invalidState(act, record.status);
  return record;
}

export const createService = operation("apprunner", "CreateService", async (input, context) => {
  const { cloud, region } = context;
  const { ServiceName: name, EncryptionConfiguration: encryption } = input;
  check({ serviceName: [name, { length: [4, 40], pattern: namePattern }] });
  const tags = readTags(input.Tags);
  const isTaken = () => services(context).some((each) => each.name === name && each.status !== "DELETED");
  if (isTaken()) throw nameTaken("Service", name);
  const configuration = readConfiguration(context, input);
  if (encryption) await context.call("kms", "DescribeKey", { KeyId: encryption.KmsKey! });
  const id = newId(context);
  const arn = arnOf(context, "service", name, id);
  const nowMs = cloud.world.clock.nowMs();
  const front = await claimFront(context, arn);
  if (isTaken()) throw nameTaken("Service", name);
  const record: ServiceRecord = {
    arn,
    name,
    id,
    createdMs: nowMs,
    updatedMs: nowMs,
    status: "OPERATION_IN_PROGRESS",
    configuration,
    ...(encryption && { kmsKey: encryption.KmsKey! }),
    ...front,
    operations: [],
    domains: [],
    tags,
    systemTags: { ...systemTagsOf(input) },
    ...(originOf(input)?.token !== undefined && { token: originOf(input)!.token! }),
  };
  const OperationId = beginOperation({ cloud, account: context.account, region }, record, "CREATE_SERVICE");
  return { Service: view(context, record), OperationId };
});

const scopeOf = ({ cloud, account, region }: Scope): Scope => ({ cloud, account, region });

export const updateService = operation("apprunner", "UpdateService", (input, context) => {
  const record = require(context, input.ServiceArn, "updated", ["RUNNING", "PAUSED", "CREATE_FAILED"]);
  const { ServiceArn: _, ...changed } = input;
  if (Object.values(changed).every((value) => value === undefined)) throw invalidRequest("Nothing to update was given.");
  record.configuration = readConfiguration(context, input, record.configuration);
  // The source is looked at again only where it is given.
  const image = input.SourceConfiguration ? undefined : record.serving?.image;
  const OperationId = beginOperation(scopeOf(context), record, "UPDATE_SERVICE", image);
  return { Service: view(context, record), OperationId };
});

export const startDeployment = operation("apprunner", "StartDeployment", (input, context) => {
  const record = require(context, input.ServiceArn, "deployed", ["RUNNING", "CREATE_FAILED"]);
  return { OperationId: beginOperation(scopeOf(context), record, "START_DEPLOYMENT") };
});

export const pauseService = operation("apprunner", "PauseService", (input, context) => {
  const record = require(context, input.ServiceArn, "paused", ["RUNNING"]);
  const OperationId = beginOperation(scopeOf(context), record, "PAUSE_SERVICE");
  return { Service: view(context, record), OperationId };
});

export const resumeService = operation("apprunner", "ResumeService", (input, context) => {
  const record = require(context, input.ServiceArn, "resumed", ["PAUSED"]);
  const { configuration, serving } = record;
  // The image that served, unless another source was given meanwhile.
  const same = JSON.stringify(configuration.source) === JSON.stringify(serving?.configuration.source);
  const OperationId = beginOperation(scopeOf(context), record, "RESUME_SERVICE", same ? serving?.image : undefined);
  return { Service: view(context, record), OperationId };
});

export const deleteService = operation("apprunner", "DeleteService", (input, context) => {
  const record = require(context, input.ServiceArn, "deleted", ["RUNNING", "PAUSED", "CREATE_FAILED", "DELETE_FAILED"]);
  const OperationId = beginOperation(scopeOf(context), record, "DELETE_SERVICE");
  return { Service: view(context, record), OperationId };
});

export const describeService = operation("apprunner", "DescribeService", (input, context) => ({
  Service: view(context, requireService(context, input.ServiceArn)),
}));

export const listServices = operation("apprunner", "ListServices", (input, context) => {
  const all = services(context).filter(({ status }) => status !== "DELETED");
  const { items, NextToken } = page(
    all.toSorted((a, b) => (a.arn < b.arn ? -1 : 1)),
    input,
    "services",
    ({ arn }) => arn,
  );
  return { ServiceSummaryList: items.map(summaryOfService), ...(NextToken !== undefined && { NextToken }) };
});

/** The newest first. */
export const listOperations = operation("apprunner", "ListOperations", (input, context) => {
  const { arn, operations } = requireService(context, input.ServiceArn);
  const numbered = operations.map((each, index) => ({ ...each, order: String(9_999_999 - index) }));
  const { items, NextToken } = page(numbered.toReversed(), input, `operations ${arn}`, ({ order }) => order);
  return {
    OperationSummaryList: items.map(({ id, type, status, startedMs, updatedMs, endedMs }) => ({
      Id: id,
      Type: type,
      Status: status,
      TargetArn: arn,
      StartedAt: new Date(startedMs),
      UpdatedAt: new Date(updatedMs),
      ...(endedMs !== undefined && { EndedAt: new Date(endedMs) }),
    })),
    ...(NextToken !== undefined && { NextToken }),
  };
});
