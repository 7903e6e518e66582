/** What a command ends with when it does not succeed: an exit code for scripts, sentences for people. */
import { exitCode, type ExitCode } from "./exit-code.ts";

export interface FailureDetails {
  /** In kebab case, for scripts. */
  code: string;
  exit: ExitCode;
  remedy?: string | undefined;
  /** Lines that show it: log lines, further faults. */
  evidence?: readonly string[];
  cause?: unknown;
}

export class Failure extends Error {
  readonly code: string;
  readonly exit: ExitCode;
  readonly remedy: string | undefined;
  readonly evidence: readonly string[];

  constructor(message: string, { code, exit, remedy, evidence = [], cause }: FailureDetails) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "Failure";
    this.code = code;
    this.exit = exit;
    this.remedy = remedy;
    this.evidence = evidence;
  }
}

const exitOfDeployError: Record<string, ExitCode> = {
  "stack-failed": exitCode.failed,
  "task-failed": exitCode.failed,
  "image-failed": exitCode.failed,
  "cannot-replace": exitCode.failed,
  "not-found": exitCode.failed,
  "out-of-bounds": exitCode.failed,
  stopped: exitCode.failed,
  "not-as-planned": exitCode.notConsented,
  "other-changes": exitCode.failed,
  "no-plan": exitCode.usage,
  "secrets-missing": exitCode.secretsMissing,
  held: exitCode.held,
  interrupted: exitCode.interrupted,
  environment: exitCode.environment,
};

/** A full disk below `folder` is the cause, and what failed first on it the evidence. */
export function diskFull(folder: string, cause: unknown): Failure {
  const { message, evidence } = toFailure(cause);
  return new Failure(`The disk that holds ${folder} is full.`, {
    code: "disk-full",
    exit: exitCode.environment,
    remedy: "Free some space and run the same command again.",
    evidence: /^The disk .* is full/.test(message) ? [] : [message, ...evidence],
    cause,
  });
}

interface DeployErrorLike extends Error {
  code: string;
  remedy: string | undefined;
  evidence: readonly string[];
}

/** Any error as a failure. Errors are told apart by name, so that nothing is loaded to look at them. */
export function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (!(error instanceof Error)) return new Failure(String(error), { code: "internal", exit: exitCode.failed });
  if (error.name === "DeployError") {
    const { code, remedy, evidence } = error as DeployErrorLike;
    return new Failure(error.message, { code, exit: exitOfDeployError[code] ?? exitCode.failed, remedy, evidence, cause: error });
  }
  if (error.name === "CredentialsProviderError" || /Could not load credentials/.test(error.message)) {
    return new Failure("No AWS credentials were found.", {
      code: "credentials",
      exit: exitCode.environment,
      remedy:
        "aws configure sso, or set AWS_PROFILE. Without an account: --local for the embedded cloud, plinth plan --offline for a first plan.",
      cause: error,
    });
  }
  if (
    ["ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch"].includes(
      error.name,
    )
  ) {
    return new Failure(`AWS does not accept the credentials: ${error.message}`, {
      code: "credentials",
      exit: exitCode.environment,
      remedy: "Log in again: aws sso login.",
      cause: error,
    });
  }
  const system = findSystemError(error);
  if (system) {
    const { code, exit, message, remedy } = inWords(system);
    return new Failure(message, { code, exit, remedy, cause: error });
  }
  // The embedded cloud's answer to whatever it cannot write.
  if (error.name === "ServiceUnavailable" && /^The disk that holds .* is full/.test(error.message)) {
    return new Failure(error.message, {
      code: "disk-full",
      exit: exitCode.environment,
      remedy: "Free some space and run the same command again.",
      cause: error,
    });
  }
  if ("$fault" in error) {
    return new Failure(`${error.name}: ${error.message}`, { code: error.name, exit: exitCode.failed, cause: error });
  }
  return new Failure(error.message, {
    code: "internal",
    exit: exitCode.failed,
    evidence: (error.stack ?? "").split("\n").slice(1, 6),
    cause: error,
  });
}

function inWords(error: Error & { code: string; address?: string }): { code: string; exit: ExitCode; message: string; remedy: string } {
  const exit = exitCode.environment;
  if (error.code === "ENOSPC" || error.code === "EDQUOT") {
    return {
      code: "disk-full",
      exit,
      message: `The disk is full: ${error.message}`,
      remedy: "Free some space and run the same command again.",
    };
  }
  if (["EROFS", "EACCES", "EPERM"].includes(error.code)) {
    return {
      code: "not-writable",
      exit,
      message: `Not allowed: ${error.message}`,
      remedy: "May this user read and write there? Plinth writes to .plinth beside the app only.",
    };
  }
  if (error.address?.startsWith("127.") || / 127\./.test(error.message)) {
    return {
      code: "cloud-unreachable",
      exit,
      message: `The embedded cloud does not answer any more: ${error.message}.`,
      remedy: "plinth cloud logs shows what it said last; the same command starts it again and goes on.",
    };
  }
  return { code: "unreachable", exit, message: `No answer: ${error.message}.`, remedy: "Is the network up?" };
}

const systemCodes = [
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOSPC",
  "EDQUOT",
  "EROFS",
  "EACCES",
  "EPERM",
];

function findSystemError(error: unknown): (Error & { code: string }) | undefined {
  for (let one = error, depth = 0; one instanceof Error && depth < 5; one = one.cause, depth += 1) {
    const found = one instanceof AggregateError ? one.errors.find(isSystemError) : one;
    if (isSystemError(found)) return found;
  }
  return undefined;
}

const isSystemError = (error: unknown): error is Error & { code: string } =>
  error instanceof Error && "code" in error && systemCodes.includes(String(error.code));
