/** The deployment configuration of a service: AWS's defaults and bounds, and what is refused. */
import type { DeploymentConfiguration } from "@aws-sdk/client-ecs";
import { invalidParameter, notHere } from "./errors.ts";
import { checkHooks } from "./lifecycle-hooks.ts";

const strategies = ["ROLLING", "BLUE_GREEN", "LINEAR", "CANARY"];
/** 24 hours. */
const maxBakeMinutes = 1440;

export function readDeploymentConfiguration(
  given: DeploymentConfiguration | undefined,
  before?: DeploymentConfiguration,
): DeploymentConfiguration {
  refuseUnserved(given);
  const merged: DeploymentConfiguration = {
    deploymentCircuitBreaker: { enable: false, rollback: false },
    maximumPercent: 200,
    minimumHealthyPercent: 100,
    strategy: "ROLLING",
    bakeTimeInMinutes: 0,
    ...before,
    ...Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => value !== undefined)),
  };
  const { maximumPercent = 200, minimumHealthyPercent = 100 } = merged;
  if (minimumHealthyPercent < 0 || minimumHealthyPercent > 100) throw invalidParameter("minimumHealthyPercent must be between 0 and 100.");
  if (maximumPercent < 100 || maximumPercent > 200) throw invalidParameter("maximumPercent must be between 100 and 200.");
  if (maximumPercent <= minimumHealthyPercent) {
    throw invalidParameter("The deployment configuration is invalid: maximumPercent must be greater than minimumHealthyPercent.");
  }
  checkHooks(merged);
  return withShift(merged, given);
}

function refuseUnserved(given: DeploymentConfiguration | undefined): void {
  if (given?.earlySuccessCriteria?.enable) throw notHere("early success criteria of deployments");
  const breaker = given?.deploymentCircuitBreaker as { thresholdConfiguration?: unknown; resetOnHealthyTask?: unknown } | undefined;
  if (breaker?.thresholdConfiguration) throw notHere("a threshold of one's own for the circuit breaker");
  if (breaker?.resetOnHealthyTask) throw notHere("resetOnHealthyTask of the circuit breaker");
}

/** The strategy with its own configuration, in its defaults; what belongs to another strategy goes. */
function withShift(merged: DeploymentConfiguration, given: DeploymentConfiguration | undefined): DeploymentConfiguration {
  const { strategy = "ROLLING", canaryConfiguration, linearConfiguration, ...rest } = merged;
  if (!strategies.includes(strategy)) throw invalidParameter(`Invalid deployment strategy. Valid values are: ${strategies.join(", ")}`);
  checkMinutes("bakeTimeInMinutes", rest.bakeTimeInMinutes);
  if (rest.alarms?.enable && (rest.alarms.alarmNames ?? []).length === 0)
    throw invalidParameter("alarmNames must contain at least one alarm when alarms are enabled.");
  if (given?.canaryConfiguration && strategy !== "CANARY")
    throw invalidParameter("canaryConfiguration is only valid when the deployment strategy is CANARY.");
  if (given?.linearConfiguration && strategy !== "LINEAR")
    throw invalidParameter("linearConfiguration is only valid when the deployment strategy is LINEAR.");
  if (strategy === "CANARY") {
    const { canaryPercent = 5, canaryBakeTimeInMinutes = 10 } = canaryConfiguration ?? {};
    checkPercent("canaryPercent", canaryPercent, 0.1);
    checkMinutes("canaryBakeTimeInMinutes", canaryBakeTimeInMinutes);
    return { ...rest, strategy, canaryConfiguration: { canaryPercent, canaryBakeTimeInMinutes } };
  }
  if (strategy === "LINEAR") {
    const { stepPercent = 10, stepBakeTimeInMinutes = 6 } = linearConfiguration ?? {};
    checkPercent("stepPercent", stepPercent, 3);
    checkMinutes("stepBakeTimeInMinutes", stepBakeTimeInMinutes);
    return { ...rest, strategy, linearConfiguration: { stepPercent, stepBakeTimeInMinutes } };
  }
  return { ...rest, strategy };
}

function checkPercent(name: string, percent: number, least: number): void {
  const tenths = percent * 10;
  if (percent >= least && percent <= 100 && Math.abs(tenths - Math.round(tenths)) < 1e-6) return;
  throw invalidParameter(`${name} must be a multiple of 0.1 between ${least.toFixed(1)} and 100.0.`);
}

function checkMinutes(name: string, minutes = 0): void {
  if (Number.isInteger(minutes) && minutes >= 0 && minutes <= maxBakeMinutes) return;
  throw invalidParameter(`${name} must be between 0 and ${maxBakeMinutes}.`);
}
