/**
 * The operations of services, each written down before it begins, so that one which a killed cloud left is taken up again. A new version comes up
 * beside the one that serves, gets the requests when it is healthy, and the old one ends with its last request; one that does not come up
 * leaves the old one as it was. Source: Developer Guide, "Deploying a new application version to App Runner".
 */
import type { OperationType } from "@aws-sdk/client-apprunner";
import { DeploymentFailure } from "./deployment-failure.ts";
import { type Fleet, fleetOf, forgetFleet } from "./fleet.ts";
import { releaseFront } from "./front.ts";
import { pull } from "./image.ts";
import type { Scope } from "./names.ts";
import { changeService, findService, type OperationRecord, saveService, type ServiceRecord } from "./service.ts";
import { note } from "./service-log.ts";
import type { Version } from "./version.ts";

/** Writes the operation into the record, and begins it. Answers its id. */
export function beginOperation(scope: Scope, record: ServiceRecord, type: OperationType, image?: string): string {
  const nowMs = scope.cloud.world.clock.nowMs();
  const operation: OperationRecord = {
    id: scope.cloud.world.random.uuid().replaceAll("-", ""),
    type,
    status: "IN_PROGRESS",
    from: record.operations.length === 0 ? undefined : record.status,
    ...(image !== undefined && { image }),
    startedMs: nowMs,
    updatedMs: nowMs,
  };
  record.operations.push(operation);
  record.status = "OPERATION_IN_PROGRESS";
  record.updatedMs = nowMs;
  saveService(scope, record);
  runOperation(scope, record.arn, operation);
  return operation.id;
}

export function runOperation(scope: Scope, arn: string, operation: OperationRecord): void {
  fleetOf(scope, arn).queue(async () => {
    try {
      await perform(scope, arn, operation);
    } catch (error) {
      // The next start of the cloud takes it up again.
      if (scope.cloud.stopping.aborted) return;
      console.error(`apprunner: ${operation.type} of ${arn} failed:`, error);
      await finish(scope, arn, operation, { status: "FAILED", service: operation.from ?? "CREATE_FAILED" });
    }
  });
}

async function perform(scope: Scope, arn: string, operation: OperationRecord): Promise<void> {
  const record = findService(scope, arn);
  if (!record) return;
  const fleet = fleetOf(scope, arn);
  await event(scope, record, "Service status is set to OPERATION_IN_PROGRESS.");
  if (operation.type === "DELETE_SERVICE") return await remove(scope, record, fleet, operation);
  if (operation.type === "PAUSE_SERVICE") return await pause(scope, record, fleet, operation);
  // What is changed of a paused service waits for it to be resumed.
  if (operation.type === "UPDATE_SERVICE" && operation.from === "PAUSED")
    return finish(scope, arn, operation, { status: "SUCCEEDED", service: "PAUSED" });
  await deploy(scope, record, fleet, operation);
}

async function deploy(scope: Scope, record: ServiceRecord, fleet: Fleet, operation: OperationRecord): Promise<void> {
  const { cloud } = scope;
  const { configuration, arn } = record;
  const log = (text: string) => note(scope, record, `deployment/${operation.id}`, text);
  let version: Version | undefined;
  try {
    await event(scope, record, "Deployment started.");
    await log("Starting to pull your application image.");
    const source = configuration.source.ImageRepository!;
    const { reference } = await pull(scope, configuration, operation.image ?? source.ImageIdentifier!);
    changeService(scope, arn, (now) => (own(now, operation).image = reference));
    await log(`Successfully pulled your application image from ${source.ImageRepositoryType === "ECR" ? "ECR" : "ECR Public"}.`);
    await log("Provisioning instances and deploying image for publicly accessible service.");
    const { Protocol, Path } = configuration.health;
    await log(
      `Performing health check on protocol \`${Protocol}\`${Protocol === "HTTP" ? ` [Path: '${Path}'],` : ""} [Port: '${source.ImageConfiguration?.Port ?? "8080"}'].`,
    );
    version = fleet.begin(record, configuration, reference);
    await version.cameUp();
    cloud.stopping.throwIfAborted();
    await log("Health check is successful. Routing traffic to application.");
    await fleet.serve(version);
    changeService(scope, arn, (now) => (now.serving = { configuration, image: reference }));
    await log("Successfully deployed your application image.");
    await finish(scope, arn, operation, { status: "SUCCEEDED", service: "RUNNING" });
  } catch (error) {
    if (cloud.stopping.aborted || !(error instanceof DeploymentFailure)) throw error;
    await log(error.message);
    await log(`Deployment with ID : ${operation.id} failed. Failure reason : ${error.message}`);
    changeService(scope, arn, (now) => (own(now, operation).failure = error.message));
    await version?.stop(failedStopMs);
    await takeBack(scope, arn, fleet, operation);
  }
}

const failedStopMs = 10_000;

/** What was there before stays: the version that serves, or nothing. */
async function takeBack(scope: Scope, arn: string, fleet: Fleet, operation: OperationRecord): Promise<void> {
  if (!fleet.serving) {
    return finish(scope, arn, operation, { status: "FAILED", service: operation.type === "RESUME_SERVICE" ? "PAUSED" : "CREATE_FAILED" });
  }
  const record = changeService(scope, arn, (now) => {
    now.configuration = now.serving!.configuration;
    own(now, operation).status = "ROLLBACK_IN_PROGRESS";
  });
  if (record) await event(scope, record, "Deployment failed. The service goes on with the version before.");
  await finish(scope, arn, operation, { status: "ROLLBACK_SUCCEEDED", service: "RUNNING" });
}

async function pause(scope: Scope, { arn }: ServiceRecord, fleet: Fleet, operation: OperationRecord): Promise<void> {
  await fleet.serve(undefined);
  await fleet.settled();
  await finish(scope, arn, operation, { status: "SUCCEEDED", service: "PAUSED" });
}

async function remove(scope: Scope, { arn }: ServiceRecord, fleet: Fleet, operation: OperationRecord): Promise<void> {
  await fleet.serve(undefined);
  await fleet.end(goneMs);
  scope.cloud.stopping.throwIfAborted();
  await finish(scope, arn, operation, { status: "SUCCEEDED", service: "DELETED" });
  releaseFront(scope, arn);
  // It waits for this very operation, and so is not waited for here.
  scope.cloud.inBackground("apprunner: closing a service's front", fleet.stop(0));
  forgetFleet(scope, arn);
}

/** What a program may take to end when its service is deleted. */
const goneMs = 30_000;

const own = ({ operations }: ServiceRecord, { id }: OperationRecord) => operations.find((each) => each.id === id)!;

async function finish(
  scope: Scope,
  arn: string,
  operation: OperationRecord,
  { status, service }: { status: OperationRecord["status"]; service: ServiceRecord["status"] },
): Promise<void> {
  const nowMs = scope.cloud.world.clock.nowMs();
  const found = findService(scope, arn);
  if (found) await event(scope, found, `Service status is set to ${service}.`);
  changeService(scope, arn, (record) => {
    record.status = service;
    record.updatedMs = nowMs;
    if (service === "DELETED") record.deletedMs = nowMs;
    Object.assign(own(record, operation), { status, updatedMs: nowMs, endedMs: nowMs });
  });
}

const event = (scope: Scope, record: ServiceRecord, text: string) => note(scope, record, "events", text);
